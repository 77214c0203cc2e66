package fixgw

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/sluice-sor/sluice/fixgw/dictionary"
)

// The stock dictionaries do not know what the profiles agree on: strategy numbers of our own, the parameter group in
// versions before 5.0, our own tags. Without the group a second 958 would be a duplicate tag. amendments adds them, so
// that the rest of the dictionary can stay strict.

// ownFields are the fields that a version's dictionary may lack, as number, name and type.
var ownFields = [...]struct{ number, name, kind string }{
	{"528", "OrderCapacity", "CHAR"}, {"847", "TargetStrategy", "INT"}, {"848", "TargetStrategyParameters", "STRING"},
	{"849", "ParticipationRate", "FLOAT"}, {"851", "LastLiquidityInd", "INT"},
	{"957", "NoStrategyParameters", "INT"}, {"958", "StrategyParameterName", "STRING"},
	{"959", "StrategyParameterType", "INT"}, {"960", "StrategyParameterValue", "STRING"},
	{"5701", "SluiceLocateID", "STRING"}, {"7001", "SluiceObjective", "STRING"}, {"7002", "SluiceUrgency", "STRING"},
	{"7003", "SluiceVenues", "STRING"}, {"7004", "SluiceNoExplore", "BOOLEAN"}, {"7005", "SluiceHideDark", "BOOLEAN"},
	{"7006", "SluiceTarget", "PRICE"}, {"7007", "SluiceBasket", "STRING"}, {"7008", "SluiceBasketOrders", "INT"}, {"7010", "SluiceDLimit", "BOOLEAN"}, {"7011", "SluiceLiquidity", "STRING"},
}

const strategyGroup = `<group name='NoStrategyParameters' required='N'><field name='StrategyParameterName' required='Y' />` +
	`<field name='StrategyParameterType' required='N' /><field name='StrategyParameterValue' required='N' /></group>`

// ownInMessages says which of them a message may carry.
var ownInMessages = [...]struct {
	msgType, group string
	fields         []string
}{
	{"D", strategyGroup, []string{"OrderCapacity", "TargetStrategy", "TargetStrategyParameters", "ParticipationRate", "SluiceLocateID",
		"SluiceObjective", "SluiceUrgency", "SluiceVenues", "SluiceNoExplore", "SluiceHideDark", "SluiceTarget", "SluiceDLimit", "SluiceBasket", "SluiceBasketOrders"}},
	{"G", strategyGroup, []string{"OrderCapacity", "TargetStrategy", "TargetStrategyParameters", "ParticipationRate", "SluiceLocateID",
		"SluiceObjective", "SluiceUrgency", "SluiceVenues", "SluiceNoExplore", "SluiceHideDark", "SluiceTarget", "SluiceDLimit"}},
	{"8", "", []string{"TargetStrategy", "TargetStrategyParameters", "ParticipationRate", "LastLiquidityInd",
		"SluiceObjective", "SluiceUrgency", "SluiceTarget", "SluiceDLimit", "SluiceLiquidity"}},
}

var (
	appMessages   = regexp.MustCompile(`(?s)<(?:message name='[^']*' msgcat='app'|component name='[^']*'>).*?</(?:message|component)>`)
	enumLists     = regexp.MustCompile(`(<field number='[0-9]+' [^>]*[^/]>)(?:\s*<value [^>]*/>)+\s*(</field>)`)
	strategyEnums = regexp.MustCompile(`(?s)(<field number='(?:847|851)'[^>]*>)(.*?)(</field>)`)
)

// writeDictionary puts a version's dictionary with our own fields into dir and gives its path. A tolerant one requires
// no field of a message and allows every value, for venues whose reports must be understood rather than checked.
func writeDictionary(dir, version string, tolerant bool) (string, error) {
	b, err := dictionary.Bytes(version)
	if err != nil {
		return "", err
	}
	text, err := amend(string(b))
	if err != nil {
		return "", fmt.Errorf("fix dictionary %s: %w", version, err)
	}
	name := version + ".own.xml"
	if tolerant {
		text, name = loosen(text), version+".tolerant.xml"
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("fix dictionary: %w", err)
	}
	return path, nil
}

// amend adds our own fields to a dictionary.
func amend(text string) (string, error) {
	text = strategyEnums.ReplaceAllString(text, "$1$3") // any number: 847 from 1000, 851=4
	var fields strings.Builder
	for _, f := range ownFields {
		if !strings.Contains(text, "<field number='"+f.number+"'") {
			fmt.Fprintf(&fields, "  <field number='%s' name='%s' type='%s' />\n", f.number, f.name, f.kind)
		}
	}
	end := strings.LastIndex(text, "</fields>")
	if end < 0 {
		return "", fmt.Errorf("it has no <fields>")
	}
	text = text[:end] + fields.String() + text[end:]
	for _, m := range ownInMessages {
		start := strings.Index(text, "msgtype='"+m.msgType+"'>")
		if start < 0 {
			return "", fmt.Errorf("it has no message %s", m.msgType)
		}
		end := start + strings.Index(text[start:], "</message>")
		add := m.group
		if strings.Contains(text[start:end], "<component name='StrategyParametersGrp'") {
			add = "" // 5.0 SP2 has it
		}
		for _, name := range m.fields {
			if !strings.Contains(text[start:end], "<field name='"+name+"'") {
				add += "<field name='" + name + "' required='N' />"
			}
		}
		text = text[:end] + add + "\n" + text[end:]
	}
	return text, nil
}

// loosen drops every enumeration but that of the message types, and what application messages require.
func loosen(text string) string {
	text = appMessages.ReplaceAllStringFunc(text, func(m string) string { return strings.ReplaceAll(m, "required='Y'", "required='N'") })
	return enumLists.ReplaceAllStringFunc(text, func(f string) string {
		if strings.HasPrefix(f, "<field number='35'") {
			return f
		}
		return enumLists.ReplaceAllString(f, "$1$2")
	})
}
