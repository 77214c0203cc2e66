package wire

import (
	"encoding/xml"
	"os"
	"testing"
)

// The table of length/data pairs covers every DATA field of the dictionaries
// (GRD-05).
func TestPairsCoverTheDictionaries(t *testing.T) {
	for _, path := range []string{"../dictionary/FIX42.xml", "../dictionary/FIX44.xml", "../dictionary/FIX50SP2.xml", "../dictionary/FIXT11.xml"} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Fields []struct {
				Number int    `xml:"number,attr"`
				Type   string `xml:"type,attr"`
			} `xml:"fields>field"`
		}
		if err := xml.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		if len(doc.Fields) < 50 {
			t.Fatalf("%s: %d fields", path, len(doc.Fields))
		}
		for _, f := range doc.Fields {
			if data := f.Type == "DATA" || f.Type == "XMLDATA"; data != isDataTag(f.Number) {
				t.Errorf("%s: field %d of type %s: isDataTag is %t", path, f.Number, f.Type, isDataTag(f.Number))
			}
			if f.Type == "LENGTH" && f.Number != 9 && dataTag(f.Number) == 0 && f.Number != 383 {
				t.Errorf("%s: length field %d has no data field", path, f.Number)
			}
		}
	}
}
