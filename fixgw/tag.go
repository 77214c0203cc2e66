package fixgw

import "github.com/quickfixgo/quickfix"

// The versions that the mapping speaks, by their BeginStrings. FIXT.1.1 could carry any; every FIXT session of ours
// agrees on 5.0 SP2 in its Logon (1137=9), and a message that names another (1128) is refused.
const (
	FIX42    = quickfix.BeginStringFIX42
	FIX44    = quickfix.BeginStringFIX44
	FIX50SP2 = quickfix.BeginStringFIXT11
)

// The message types (35) that the mapping knows.
const (
	msgOrder        = "D"
	msgCancel       = "F"
	msgReplace      = "G"
	msgStatus       = "H"
	msgReport       = "8"
	msgCancelReject = "9"
	msgCancelAll    = "q"
	msgMassReport   = "r"
	msgMassStatus   = "AF"
	msgDontKnow     = "Q"
	msgSubscribe    = "V"
	msgSnapshot     = "W"
	msgIncremental  = "X"
	msgNoData       = "Y"
	msgTrading      = "f"
)

// Our own tags, the same in all versions. A peer that does not use them never sees them.
const (
	TagObjective quickfix.Tag = 7001 // balanced, speed, impact or cost
	TagUrgency   quickfix.Tag = 7002 // normal, low or high
	TagVenues    quickfix.Tag = 7003 // names or MICs of the permitted venues, separated by spaces
	TagNoExplore quickfix.Tag = 7004 // Y: no exploration with this order (MOP-25)
	TagHideDark  quickfix.Tag = 7005 // Y: reports do not name the dark venue (FIX-12)
	TagTarget    quickfix.Tag = 7006 // target price
	TagBasket    quickfix.Tag = 7007 // the name of the basket that the order is of (RISK-20)
	TagBasketOf  quickfix.Tag = 7008 // how many orders that has
	TagDLimit    quickfix.Tag = 7010 // Y: discretionary limit
	TagLiquidity quickfix.Tag = 7011 // liquidity in the words of market.Liquidity, finer than 851
	TagLocate    quickfix.Tag = 5701 // locate id of a short sale
)

// The standard tags, by their FIX names.
const (
	tagAccount            quickfix.Tag = 1
	tagAvgPx              quickfix.Tag = 6
	tagClOrdID            quickfix.Tag = 11
	tagCommission         quickfix.Tag = 12
	tagCommType           quickfix.Tag = 13
	tagCumQty             quickfix.Tag = 14
	tagCurrency           quickfix.Tag = 15
	tagExecID             quickfix.Tag = 17
	tagExecInst           quickfix.Tag = 18
	tagExecRefID          quickfix.Tag = 19
	tagExecTransType      quickfix.Tag = 20
	tagHandlInst          quickfix.Tag = 21
	tagLastCapacity       quickfix.Tag = 29
	tagLastMkt            quickfix.Tag = 30
	tagLastPx             quickfix.Tag = 31
	tagLastQty            quickfix.Tag = 32 // LastShares in 4.2
	tagMsgSeqNum          quickfix.Tag = 34
	tagMsgType            quickfix.Tag = 35
	tagOrderID            quickfix.Tag = 37
	tagOrderQty           quickfix.Tag = 38
	tagOrdStatus          quickfix.Tag = 39
	tagOrdType            quickfix.Tag = 40
	tagOrigClOrdID        quickfix.Tag = 41
	tagPrice              quickfix.Tag = 44
	tagRule80A            quickfix.Tag = 47
	tagSendingTime        quickfix.Tag = 52
	tagSide               quickfix.Tag = 54
	tagSymbol             quickfix.Tag = 55
	tagText               quickfix.Tag = 58
	tagTimeInForce        quickfix.Tag = 59
	tagTransactTime       quickfix.Tag = 60
	tagSettlType          quickfix.Tag = 63
	tagListID             quickfix.Tag = 66
	tagTotNoOrders        quickfix.Tag = 68 // TotalNoOrders in 4.2
	tagSymbolSfx          quickfix.Tag = 65
	tagTradeDate          quickfix.Tag = 75
	tagExecBroker         quickfix.Tag = 76
	tagPossResend         quickfix.Tag = 97
	tagStopPx             quickfix.Tag = 99
	tagExDestination      quickfix.Tag = 100
	tagCxlRejReason       quickfix.Tag = 102
	tagOrdRejReason       quickfix.Tag = 103
	tagClientID           quickfix.Tag = 109
	tagMinQty             quickfix.Tag = 110
	tagMaxFloor           quickfix.Tag = 111
	tagLocateReqd         quickfix.Tag = 114
	tagExpireTime         quickfix.Tag = 126
	tagDKReason           quickfix.Tag = 127
	tagNoMiscFees         quickfix.Tag = 136
	tagMiscFeeAmt         quickfix.Tag = 137
	tagMiscFeeCurr        quickfix.Tag = 138
	tagMiscFeeType        quickfix.Tag = 139
	tagNoRelatedSym       quickfix.Tag = 146
	tagExecType           quickfix.Tag = 150
	tagLeavesQty          quickfix.Tag = 151
	tagCashOrderQty       quickfix.Tag = 152
	tagEffectiveTime      quickfix.Tag = 168
	tagMaxShow            quickfix.Tag = 210
	tagPegOffset          quickfix.Tag = 211
	tagMDReqID            quickfix.Tag = 262
	tagSubscription       quickfix.Tag = 263
	tagMarketDepth        quickfix.Tag = 264
	tagMDUpdateType       quickfix.Tag = 265
	tagNoMDEntryTypes     quickfix.Tag = 267
	tagNoMDEntries        quickfix.Tag = 268
	tagMDEntryType        quickfix.Tag = 269
	tagMDEntryPx          quickfix.Tag = 270
	tagMDEntrySize        quickfix.Tag = 271
	tagMDEntryDate        quickfix.Tag = 272
	tagMDEntryTime        quickfix.Tag = 273
	tagMDEntryID          quickfix.Tag = 278
	tagMDUpdateAction     quickfix.Tag = 279
	tagMDEntryRefID       quickfix.Tag = 280
	tagTradingStatus      quickfix.Tag = 326
	tagRefMsgType         quickfix.Tag = 372
	tagExecRestatement    quickfix.Tag = 378
	tagDiscretionInst     quickfix.Tag = 388
	tagDiscretionOffset   quickfix.Tag = 389
	tagPriceType          quickfix.Tag = 423
	tagDayOrderQty        quickfix.Tag = 424
	tagDayCumQty          quickfix.Tag = 425
	tagDayAvgPx           quickfix.Tag = 426
	tagExpireDate         quickfix.Tag = 432
	tagCxlRejResponseTo   quickfix.Tag = 434
	tagPartyIDSource      quickfix.Tag = 447
	tagPartyID            quickfix.Tag = 448
	tagPartyRole          quickfix.Tag = 452
	tagNoPartyIDs         quickfix.Tag = 453
	tagSecondaryExecID    quickfix.Tag = 527
	tagOrderCapacity      quickfix.Tag = 528
	tagMassCancelType     quickfix.Tag = 530
	tagMassCancelResponse quickfix.Tag = 531
	tagMassCancelReason   quickfix.Tag = 532
	tagTotalAffected      quickfix.Tag = 533
	tagNoAffected         quickfix.Tag = 534
	tagAffectedOrderID    quickfix.Tag = 535
	tagMassStatusReqID    quickfix.Tag = 584
	tagMassStatusReqType  quickfix.Tag = 585
	tagOrdStatusReqID     quickfix.Tag = 790
	tagCopyMsgIndicator   quickfix.Tag = 797
	tagTargetStrategy     quickfix.Tag = 847
	tagStrategyParameters quickfix.Tag = 848
	tagParticipation      quickfix.Tag = 849
	tagLastLiquidity      quickfix.Tag = 851
	tagTotNumReports      quickfix.Tag = 911
	tagLastRptRequested   quickfix.Tag = 912
	tagNoStrategyParams   quickfix.Tag = 957
	tagParamName          quickfix.Tag = 958
	tagParamType          quickfix.Tag = 959
	tagParamValue         quickfix.Tag = 960
	tagDisplayMethod      quickfix.Tag = 1084
	tagPegPriceType       quickfix.Tag = 1094
	tagDisplayQty         quickfix.Tag = 1138
	tagMassActionReportID quickfix.Tag = 1369
)
