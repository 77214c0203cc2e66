package fixgw

import (
	"bytes"
	"os"
	"testing"

	"github.com/quickfixgo/quickfix/datadictionary"

	"github.com/sluice-sor/sluice/fixgw/dictionary"
)

func dictionaryOf(t *testing.T, version string, tolerant bool) *datadictionary.DataDictionary {
	t.Helper()
	path, err := writeDictionary(t.TempDir(), version, tolerant)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := datadictionary.ParseSrc(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDictionariesKnowOurOwnFields(t *testing.T) {
	for _, v := range versions {
		d := dictionaryOf(t, v, false)
		for _, m := range []string{"D", "G"} {
			def := d.Messages[m]
			if m == "D" && (def.Fields[int(TagBasket)] == nil || def.Fields[int(TagBasketOf)] == nil) {
				t.Errorf("%s D: a basket is unknown", v)
			}
			if g := def.Fields[957]; g == nil || !g.IsGroup() || g.Fields[0].Tag() != 958 {
				t.Errorf("%s %s: 957 is not a group of 958", v, m)
			}
			for _, tag := range []int{528, 847, 848, 849, 5701, 7001, 7002, 7003, 7004, 7005, 7006, 7010} {
				if def.Fields[tag] == nil {
					t.Errorf("%s %s: tag %d is unknown", v, m, tag)
				}
			}
		}
		if d.Messages["8"].Fields[851] == nil || len(d.FieldTypeByTag[851].Enums) != 0 {
			t.Errorf("%s 8: 851=4 would be refused", v)
		}
		if len(d.FieldTypeByTag[847].Enums) != 0 {
			t.Errorf("%s: 847=1001 would be refused", v)
		}
		if len(d.Messages["D"].RequiredTags) == 0 || len(d.FieldTypeByTag[54].Enums) == 0 {
			t.Errorf("%s: the rest is no longer strict", v)
		}
	}
}

func TestTolerantDictionaries(t *testing.T) {
	for _, v := range versions {
		d := dictionaryOf(t, v, true)
		for tag, f := range d.FieldTypeByTag {
			if len(f.Enums) != 0 && tag != 35 {
				t.Errorf("%s: tag %d still has %d values", v, tag, len(f.Enums))
			}
		}
		for _, m := range []string{"8", "9", "W", "X"} {
			if n := len(d.Messages[m].RequiredTags); n != 0 {
				t.Errorf("%s %s: %d tags are required", v, m, n)
			}
		}
		if !d.Messages["X"].Fields[268].IsGroup() {
			t.Errorf("%s X: 268 is no group", v)
		}
		if v == FIX50SP2 {
			continue // its session messages are in the transport's dictionary
		}
		if len(d.Messages["A"].RequiredTags) == 0 || len(d.Header.RequiredTags) == 0 || len(d.Trailer.RequiredTags) == 0 {
			t.Errorf("%s: session messages are no longer checked", v)
		}
	}
	if _, err := amend("<fix/>"); err == nil {
		t.Error("a text without fields was amended")
	}
	if _, err := dictionary.Bytes("FIX.5.0"); err == nil {
		t.Error("FIX.5.0 has a dictionary")
	}
}
