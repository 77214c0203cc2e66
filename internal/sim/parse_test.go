package sim

import (
	"strings"
	"testing"
)

func src(name, text string) Source { return Source{name, strings.NewReader(text)} }

const (
	goodMessages = "34200.017459617,5,0,1,2238200,-1\n34200.18960767,1,11885113,21,2238100,1\n34200.2,7,0,0,-1,-1\n"
	goodBooks    = "2239500,100,2231800,100\n2239500,100,2238100,21\n9999999999,0,2238100,21\n"
	goodQuotes   = "14400152,0,0,494100,300,Q,1,0\n14400547,491800,300,0,0,P,1,0\n14400547,491900,300,0,0,P,1,1\n"
	goodTrades   = "14400547,491800,300,P,2000,0\n"
)

// TestParseErrors: an error names file, line and column, and says what is wrong.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ messages, books, want string }{
		{"34200.1,1,5,10,100,1\nx,1,5,10,100,1\n", "1,1,1,1\n1,1,1,1\n", `m.csv: line 2, column 1: "x" is not seconds`},
		{"34200.1,9,5,10,100,1\n", "1,1,1,1\n", "m.csv: line 1, column 2: 9 is not between 1 and 7"},
		{"34200.1,1,5,10\n", "1,1,1,1\n", "m.csv: line 1, column 4: want 6 columns, got 4"},
		{"34200.1,1,5,10,0,1\n", "1,1,1,1\n", "m.csv: line 1, column 5: an order needs a price"},
		{"34200.1,1,5,10,100,1\n34200.0,1,5,10,100,1\n", "1,1,1,1\n", "m.csv: line 2, column 1: time goes back"},
		{"34200.1,1,5,10,100,1\n", "1,1,1\n", "b.csv: line 1, column 3: want 4 columns"},
		{"34200.1,1,5,10,100,1\n", "1,1,1,1\n1,1,1,1\n", "b.csv has 2 rows and m.csv has 1"},
		{"34200.1,1,5,10,100,1\n", "1,y,1,1\n", `b.csv: line 1, column 2: "y" is not a whole number`},
	} {
		_, err := ReadLobster(src("m.csv", c.messages), src("b.csv", c.books))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ReadLobster(%q, %q): %v, want %q", c.messages, c.books, err, c.want)
		}
	}
	for _, c := range []struct{ quotes, trades, want string }{
		{"1,2,3\n", goodTrades, "q.csv: line 1, column 3: want 8 columns, got 3"},
		{goodQuotes, "1,0,3,P,0,0\n", "t.csv: line 1, column 2: a trade needs"},
		{goodQuotes, "1,5,3,PP,0,0\n", `t.csv: line 1, column 4: "PP" is not an exchange code`},
		{goodQuotes, "1,5,3,P,0,2\n", "t.csv: line 1, column 6: 2 is not between 0 and 1"},
	} {
		_, err := ReadTape(src("q.csv", c.quotes), src("t.csv", c.trades))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ReadTape(%q, %q): %v, want %q", c.quotes, c.trades, err, c.want)
		}
	}
}

func TestParseGood(t *testing.T) {
	l, err := ReadLobster(src("m", goodMessages), src("b", strings.ReplaceAll(goodBooks, "\n", "\r\n")))
	if err != nil || l.Depth != 1 || len(l.Messages) != 3 || l.Messages[0].At != 34200_017459617 || l.Messages[1].Price != 223_810_000 || !l.Messages[1].Buy {
		t.Errorf("%+v, %v", l, err)
	}
	if l.row(2)[0].Size != 0 || l.mid(1) != 223_880_000 || l.mid(2) != 0 {
		t.Errorf("rows %v", l.Rows)
	}
	tape, err := ReadTape(src("q", goodQuotes), src("t", goodTrades))
	if err != nil || len(tape.Rows) != 3 || tape.Rows[1].Kind != TapeTrade || tape.Rows[2].Kind != TapeBid || tape.Rows[2].price() != 49_180_000 {
		t.Errorf("%+v, %v", tape, err)
	}
}

func FuzzReadLobster(f *testing.F) {
	f.Add(goodMessages, goodBooks)
	f.Add("34200.1,1,5,10,100,1\n34200.1,4,5,10,100,1\n", "100,10,90,5\n9999999999,0,-9999999999,0\n")
	f.Fuzz(func(t *testing.T, messages, books string) {
		l, err := ReadLobster(src("m", messages), src("b", books))
		if err != nil {
			if l != nil {
				t.Error("a result beside an error")
			}
			return
		}
		r := newRebuild(l.Depth, nil)
		for i := range l.Messages { // whatever was read, the rebuilt book ends as recorded
			r.apply(&l.Messages[i], l.row(i))
		}
	})
}

func FuzzReadTape(f *testing.F) {
	f.Add(goodQuotes, goodTrades)
	f.Fuzz(func(t *testing.T, quotes, trades string) {
		tape, err := ReadTape(src("q", quotes), src("t", trades))
		if err != nil {
			return
		}
		for i := range tape.Rows {
			if i > 0 && tape.Rows[i].At < tape.Rows[i-1].At || tape.Rows[i].Price <= 0 {
				t.Fatalf("row %d: %+v", i, tape.Rows[i])
			}
		}
	})
}
