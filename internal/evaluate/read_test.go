package evaluate

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// poolCSV is a pool world of two orders.
const poolCSV = `t,regime,x0,x1,V,A0,A1,A2,A3,A4,A5,D0,D1,D2,D3,D4,D5
0,0,0.8792,-1.0718,24,0.35067,0.049582,0.38175,0.049299,0.89261,0.015141,0,0,0,0,3,0
1,1,0.9145,-0.0201,9,0.36368,0.024064,0.38164,0.14891,0.39733,0.012122,110,0,0,0,0,0
`

// costCSV is a cost world of two orders.
func costCSV() string {
	head := strings.Join(costColumns(), ",")
	row := "0,0,0.3456,0.2704,-0.3694,0.6847,1.0000,-0.2381,0.5076,0.1244,0.0628,0.1280,0.4996,0.2489,0.1246,0.4849,1.1482,1.9201,1,1,1,0,0,1,1,0," +
		"2.1940,0.4580,2.1090,1.0068,0.9616,2.8017,1.4865,1.2387,2.5549,2.4068,1.7422,1.8145,1.2389,1.4697,1.6524,1.6624"
	return head + "\n" + row + "\n" + row + "\n"
}

func TestDecode(t *testing.T) {
	w, err := decode(strings.NewReader(poolCSV), "p")
	if err != nil {
		t.Fatal(err)
	}
	p, ok := w.(*PoolWorld)
	if !ok || len(p.Rows) != 2 || p.Rows[0].Lots != 24 || p.Rows[1].regime != 1 || p.Rows[0].any[4] != .89261 || p.Rows[1].liquidity[0] != 110 || p.Rows[0].X[1] != -1.0718 {
		t.Errorf("pool world %+v", w)
	}
	w, err = decode(strings.NewReader(costCSV()), "c")
	if err != nil {
		t.Fatal(err)
	}
	c, ok := w.(*CostWorld)
	if !ok || len(c.Rows) != 2 {
		t.Fatalf("cost world %+v", w)
	}
	r := c.Rows[1]
	if r.X[5] != -.2381 || r.Q[7] != .4849 || r.Half != 1.1482 || r.Opp != 1.9201 || !r.filled[6] || r.filled[7] || r.tox[0] != 2.194 || r.mean[7] != 1.6624 {
		t.Errorf("order %+v", r)
	}
}

// An error says where it is and what would be right.
func TestDecodeErrors(t *testing.T) {
	swap := func(text, old, by string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in the text", old)
		}
		return strings.Replace(text, old, by, 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "header: EOF: the first line names the columns"},
		{"unknown column", swap(poolCSV, "x1", "y1"), `header: column 4 is "y1", want t,regime,x0,x1,V`},
		{"column missing", swap(poolCSV, ",D5\n", "\n"), "header: 16 columns, want t,regime"},
		{"not a number", swap(poolCSV, "-0.0201", "abc"), `row 1 (line 3): column x1 is "abc": want a number from -1e+06 to 1e+06`},
		{"not finite", swap(poolCSV, "-0.0201", "NaN"), `row 1 (line 3): column x1 is "NaN"`},
		{"not whole", swap(poolCSV, ",24,", ",24.5,"), `row 0 (line 2): column V is "24.5": want a whole number`},
		{"no lots", swap(poolCSV, ",24,", ",0,"), `row 0 (line 2): column V is "0": want a number from 1 to 1.048576e+06`},
		{"probability", swap(poolCSV, "0.35067", "1.35067"), `column A0 is "1.35067": want a number from 0 to 1`},
		{"third regime", swap(poolCSV, "\n1,1,", "\n1,2,"), `row 1 (line 3): column regime is "2"`},
		{"short row", swap(poolCSV, ",3,0\n", ",3\n"), "record on line 2: wrong number of fields"},
		{"one row", poolCSV[:strings.LastIndex(poolCSV[:len(poolCSV)-1], "\n")+1], "1 rows: give at least 2"},
		{"half filled", swap(costCSV(), "1.9201,1,", "1.9201,.5,"), `column filled_0 is ".5": want a whole number`},
	} {
		_, err := decode(strings.NewReader(c.text), "w")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

// folder has the two small worlds and the files that belong beside them, some replaced; an empty text leaves one out.
func folder(t *testing.T, replaced map[string]string) string {
	t.Helper()
	beta := "[1,1,1,1,1,1]"
	files := map[string]string{
		"sor.csv":  costCSV(),
		"dark.csv": poolCSV,
		"sor_venues.json": `{"q_centre":0.28,"venues":[{"k":0,"fee_bps":0.3,"capt_sign":-1},{"k":1,"fee_bps":0,"capt_sign":0},{"k":2,"fee_bps":0,"capt_sign":0},` +
			`{"k":3,"fee_bps":0,"capt_sign":0},{"k":4,"fee_bps":0,"capt_sign":0},{"k":5,"fee_bps":0,"capt_sign":0},{"k":6,"fee_bps":0,"capt_sign":0},{"k":7,"fee_bps":0,"capt_sign":1}]}`,
		"dark_tails.json": `{"size_max":128,"files":{"dark.csv.gz":{"beta":[` + beta + "," + beta + `]}}}`,
	}
	dir := t.TempDir()
	for name, text := range files {
		if r, ok := replaced[name]; ok {
			text = r
		}
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRead(t *testing.T) {
	dir := folder(t, nil)
	w, err := Read(filepath.Join(dir, "sor.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if c := w.(*CostWorld); c.Venues[0].Fee != .3 || c.Venues[0].Capture != -1 || c.Venues[7].Capture != 1 || c.Centre != .28 {
		t.Errorf("venues %+v, centre %v", c.Venues, c.Centre)
	}
	w, err = Read(filepath.Join(dir, "dark.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if p := w.(*PoolWorld); len(p.tails) != 2 || p.tails[1][5][1] != 1 || p.tails[0][0][2] >= 1 {
		t.Errorf("tails %v", p.tails)
	}

	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(poolCSV)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "dark.csv.gz"), packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(filepath.Join(dir, "dark.csv.gz")); err != nil {
		t.Errorf("compressed: %v", err)
	}
}

func TestReadErrors(t *testing.T) {
	for _, c := range []struct{ world, file, text, want string }{
		{"nothing.csv", "", "", "nothing.csv: no such file"},
		{"sor.csv", "sor_venues.json", "", "sor_venues.json: no such file or directory: it belongs beside the CSV file"},
		{"sor.csv", "sor_venues.json", "{", "sor_venues.json: unexpected end of JSON input"},
		{"sor.csv", "sor_venues.json", `{"q_centre":0.28,"venues":[]}`, "sor_venues.json: 0 venues"},
		{"dark.csv", "dark_tails.json", "", "dark_tails.json: no such file or directory"},
		{"dark.csv", "dark_tails.json", `{"size_max":128,"files":{}}`, `want size_max 128 and files."dark.csv" with beta for two regimes`},
		{"dark.csv", "dark_tails.json", `{"size_max":128,"files":{"dark.csv.gz":{"beta":[[1],[1]]}}}`, `beta[0] has 1 pools, want 6`},
		{"dark.csv", "dark_tails.json", `{"size_max":128,"files":{"dark.csv.gz":{"beta":[[1,1,1,1,1,-1],[]]}}}`, `beta[0][5] is -1: want 0 to 20`},
		{"dark.csv", "dark.csv", "x", `dark.csv: header: column 1 is "x"`},
	} {
		dir := folder(t, map[string]string{c.file: c.text})
		_, err := Read(filepath.Join(dir, c.world))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %s %q: error %v, want %q in it", c.world, c.file, c.text, err, c.want)
		}
	}
	path := filepath.Join(t.TempDir(), "a.csv.gz")
	if err := os.WriteFile(path, []byte(poolCSV), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "rename it to .csv") {
		t.Errorf("a file that is not compressed: error %v", err)
	}
}

func TestOpen(t *testing.T) {
	for _, kind := range []string{"switch", "stationary", "misspecified", "shift", "iid"} {
		if testing.Short() && kind != "iid" {
			continue
		}
		name := "generated:" + kind + ":5"
		w, err := Open(name)
		if err != nil || w.title() != name {
			t.Errorf("%s: %v, %v", name, w, err)
		}
	}
	for name, want := range map[string]string{"generated:iid": "whole number", "generated:iid:-1": "whole number", "generated:calm:1": "no kind"} {
		if _, err := Open(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", name, err, want)
		}
	}
}

// A world that is decoded has only figures within bounds, and every policy passes through it.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(poolCSV))
	f.Add([]byte(costCSV()))
	f.Add([]byte("t,regime\n\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := decode(bytes.NewReader(text), "w")
		if err != nil {
			return
		}
		switch w := w.(type) {
		case *CostWorld:
			w.Venues = benchVenues()
		case *PoolWorld:
			w.tails = make([][pools]tail, 2)
			for _, r := range w.Rows {
				if r.Lots > 1000 {
					return // the oracle of so many lots only takes time
				}
			}
		}
		for _, policy := range Policies(w) {
			if _, err := Run(w, policy, 1); err != nil {
				t.Fatal(err)
			}
		}
	})
}
