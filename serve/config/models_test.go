package config

import (
	"strings"
	"testing"
	"time"
)

// TestModelsDefaults: the registry is beside the store, the keys beside the journal, and both start at the file's folder.
func TestModelsDefaults(t *testing.T) {
	tests := []struct {
		name, text                string
		registry, trusted, signer string
	}{
		{"nothing", "", "desk/data/models", "desk/data/keys", "desk/data/keys/signing.key"},
		{"as in the demo", "[router]\njournal_dir = \"journal\"\nstore_url = \"sqlite:sluice.db\"\n", "desk/models", "desk/keys", "desk/keys/signing.key"},
		{"a database", "[router]\nstore_url = \"postgres://desk@db/sluice\"\nstore_password_env = \"PW\"\n", "postgres://desk:secret@db/sluice", "desk/data/keys", "desk/data/keys/signing.key"},
		{"a directory beside a database", "[router]\nstore_url = \"postgres://desk@db/sluice\"\nstore_password_env = \"PW\"\n[models]\nregistry = \"m\"\ntrusted_keys_dir = \"/k\"\n",
			"desk/m", "/k", "desk/data/keys/signing.key"},
		{"another database", "[models]\nregistry = \"postgres://quant@db/models\"\nregistry_password_env = \"PW\"\nsigning_key_file = \"k\"\n",
			"postgres://quant:secret@db/models", "desk/data/keys", "desk/k"},
	}
	for _, test := range tests {
		f, err := Parse("desk/sluice.toml", []byte(test.text+small), []string{"PW=secret"})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		c := f.Models.Config()
		if c.Target != test.registry || c.Trusted != test.trusted || f.Models.SigningKey != test.signer {
			t.Errorf("%s: registry %s, keys %s, key %s; want %s, %s, %s", test.name, c.Target, c.Trusted, f.Models.SigningKey, test.registry, test.trusted, test.signer)
		}
		if c.Poll != 250*time.Millisecond || f.Models.CanaryShare != .01 {
			t.Errorf("%s: poll %v, canary share %v", test.name, c.Poll, f.Models.CanaryShare)
		}
	}
}

func TestModelsProblems(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"registry = \"\"", "models.registry is empty"},
		{"registry = \"mysql://x/y\"", "models.registry has the scheme mysql"},
		{"registry = \"postgres://a:b@c/d\"", "has a password in it"},
		{"poll = \"1ms\"", "models.poll"},
		{"canary_share = 2", "models.canary_share"},
		{"dir = \"x\"", "models.dir"},
	} {
		_, err := load(t, "[models]\n"+test.text+"\n"+small)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), ": ", " "), strings.ReplaceAll(test.want, ": ", " ")) {
			t.Errorf("%s: %v, want %q", test.text, err, test.want)
		}
	}
}
