package features

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// LRN-12: no product is fused with a sum on a machine that could, in the whole package.
func TestNothingIsFused(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for another machine")
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command on the path")
	}
	build := exec.Command(tool, "build", "-gcflags=-S", ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	assembly, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, assembly)
	}
	if !regexp.MustCompile(`\bF(MUL|ADD|SUB|DIV)D\b`).Match(assembly) {
		t.Fatal("the assembly has no arithmetic at all: the test looks at the wrong thing")
	}
	for _, line := range regexp.MustCompile(`\(\S+\.go:\d+\)\s+FN?M(ADD|SUB)[SD]?\b`).FindAll(assembly, -1) {
		t.Errorf("fused: %s", line)
	}
}
