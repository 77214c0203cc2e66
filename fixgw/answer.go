package fixgw

import (
	"strconv"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/market"
)

// answers is what the 8 of a status request says of the question (H, AF). FIX 4.2 has none of it.
type answers struct {
	massReqID string // 584
	reqID     string // 790
	total     uint32 // 911, of all answers to an AF
	last      bool   // 912
}

func (a answers) write(m *quickfix.Message, version string) {
	if version == FIX42 {
		return
	}
	put(m, tagOrdStatusReqID, a.reqID)
	if a.massReqID == "" {
		return
	}
	put(m, tagMassStatusReqID, a.massReqID)
	put(m, tagTotNumReports, strconv.FormatUint(uint64(a.total), 10))
	last := "N"
	if a.last {
		last = "Y"
	}
	put(m, tagLastRptRequested, last)
}

func readAnswers(f *fields) answers {
	total, err := strconv.ParseUint(f.text(tagTotNumReports), 10, 32)
	if err != nil {
		total = 0
	}
	return answers{f.text(tagMassStatusReqID), f.text(tagOrdStatusReqID), uint32(total), f.text(tagLastRptRequested) == "Y"}
}

// dayFigures are those of an order that lives for more than a day (ER-01); all 0 where it does not.
type dayFigures struct {
	qty, cum market.Qty   // 424, 425
	avgPx    market.Price // 426
}

func (d dayFigures) write(m *quickfix.Message) {
	if d == (dayFigures{}) {
		return
	}
	putQty(m, tagDayOrderQty, d.qty)
	putQty(m, tagDayCumQty, d.cum)
	putPrice(m, tagDayAvgPx, d.avgPx)
}

func readDayFigures(f *fields) dayFigures {
	return dayFigures{f.qty(tagDayOrderQty), f.qty(tagDayCumQty), f.loosePrice(tagDayAvgPx)}
}
