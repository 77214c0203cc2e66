package estimate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Request is the body of POST /v1/estimate.
type Request struct {
	Symbol    string  `json:"symbol"`
	Side      string  `json:"side"` // buy, sell or short
	Qty       int64   `json:"qty"`
	Strategy  string  `json:"strategy,omitempty"`  // immediate, pov, vwap or block; empty = immediate
	Urgency   string  `json:"urgency,omitempty"`   // low, normal or high; empty = normal
	Objective string  `json:"objective,omitempty"` // balanced, speed, impact or cost; empty = balanced
	Limit     string  `json:"limit_usd,omitempty"` // empty = none
	Minutes   float64 `json:"minutes,omitempty"`   // that it may take; 0 = by its strategy: at once, or at a tenth of the usual volume
}

const (
	maxBody    = 4 << 10
	maxQty     = 1e9
	maxMinutes = 7 * 24 * 60
)

// Parse reads a request. The error names everything that is wrong with it.
func Parse(in io.Reader) (*Request, error) {
	d := json.NewDecoder(io.LimitReader(in, maxBody))
	d.DisallowUnknownFields()
	r := new(Request)
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf(`the body is no request: %w; send JSON such as {"symbol": "ACME", "side": "buy", "qty": 20000, "strategy": "block"}`, err)
	}
	return r, nil
}

// Terms gives the order that the request is about.
func (r *Request) Terms() (t order.Terms, err error) {
	t = order.Terms{Symbol: market.Symbol(r.Symbol), Qty: market.Qty(r.Qty), Type: order.Market}
	var problems []error
	add := func(key string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", key, err))
		}
	}
	if r.Symbol == "" {
		add("symbol", errors.New("is missing"))
	}
	if r.Qty < 1 || r.Qty > maxQty {
		add("qty", fmt.Errorf("%d is no quantity: give 1 to %d", r.Qty, int64(maxQty)))
	}
	switch r.Side {
	case "buy":
		t.Side = market.Buy
	case "sell":
		t.Side = market.Sell
	case "short":
		t.Side = market.SellShort
	default:
		add("side", fmt.Errorf("is %q: give buy, sell or short", r.Side))
	}
	if r.Strategy != "" {
		t.Strategy, err = order.ParseStrategy(r.Strategy)
		add("strategy", err)
	}
	if t.Urgency = order.Normal; r.Urgency != "" {
		t.Urgency, err = order.ParseUrgency(r.Urgency)
		add("urgency", err)
	}
	if r.Objective != "" {
		t.Objective, err = order.ParseObjective(r.Objective)
		add("objective", err)
	}
	if r.Limit != "" {
		t.Type = order.Limit
		if t.Limit, err = market.ParsePrice(r.Limit); err != nil || t.Limit <= 0 {
			add("limit_usd", fmt.Errorf("%q is no price: give one such as 48.51", r.Limit))
		}
	}
	if !(r.Minutes >= 0 && r.Minutes <= maxMinutes) {
		add("minutes", fmt.Errorf("%v: give 0 to %d", r.Minutes, maxMinutes))
	}
	return t, errors.Join(problems...)
}

// within is how long the order takes: what the request says, or by its strategy. A schedule runs at a tenth of the usual volume.
func (r *Request) within(s order.Strategy, qty, adv market.Qty) time.Duration {
	const pace, least = .1, 10 * time.Second
	switch {
	case r.Minutes > 0:
		return time.Duration(r.Minutes * float64(time.Minute))
	case s == order.Immediate || adv <= 0:
		return 0
	}
	const most = float64(maxMinutes * time.Minute) // as a request may say itself; of what trades little it would be centuries
	return max(least, time.Duration(min(most, float64(qty)/(pace*float64(adv))*float64(tradingDay))))
}

// tradingDay is the session over which a day's volume and volatility are spread.
const tradingDay = 6*time.Hour + 30*time.Minute
