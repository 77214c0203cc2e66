package access

import "testing"

// TestHash is SEC-01: a hash lets its password in and no other, and a text that only begins as one lets nobody in.
func TestHash(t *testing.T) {
	if _, err := Hash(DefaultCost(), "too short"); err == nil {
		t.Error("a short password is hashed")
	}
	const password = "a horse that is correct"
	hash, err := Hash(Cost{KiB: 64, Passes: 1, Threads: 1}, password)
	if err != nil {
		t.Fatal(err)
	}
	if !IsHash(hash) || CheckHash(hash) != nil || !Matches(hash, password) || Matches(hash, password+" ") || Matches(hash, hash) {
		t.Errorf("%s: is a hash %t, %v, matches its password %t", hash, IsHash(hash), CheckHash(hash), Matches(hash, password))
	}
	if broken := hash[:len(hash)-4]; !IsHash(broken) || CheckHash(broken) == nil || Matches(broken, password) {
		t.Errorf("%s is taken", broken)
	}
}
