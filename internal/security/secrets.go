package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
)

// A secretPattern is a form that secrets have. Where it has a group, the group is what must be random enough to be one.
type secretPattern struct {
	name string
	form *regexp.Regexp
}

var secretPatterns = [...]secretPattern{
	{"private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n[A-Za-z0-9+/=]{40}`)},
	{"AWS key", regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`)},
	{"GitHub token", regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b`)},
	{"Slack token", regexp.MustCompile(`\bxox[abprs]-[A-Za-z0-9-]{20,}`)},
	{"Google key", regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}\b`)},
	{"JSON web token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}`)},
	{"password in a URL", regexp.MustCompile(`[a-z]+://[^\s/:@"'{}<>%$]+:([^\s/:@"'{}<>%$]{12,})@`)},
	{"password or token", regexp.MustCompile(`(?i)(?:passw(?:or)?d|secret|token|api_?key)["']?\s*[:=]+\s*["']([A-Za-z0-9+/_=-]{20,})["']`)},
}

// leastEntropy is the bits a character of a random text of letters and digits; words have about 3.
const leastEntropy = 3.7

// secrets looks through every file that git has.
func secrets(ctx context.Context, log io.Writer) (result, error) {
	text, err := output(ctx, log, "git", "ls-files", "-z")
	if err != nil {
		return result{}, fmt.Errorf("git ls-files: %w", err)
	}
	r := result{}
	files := 0
	for name := range strings.SplitSeq(strings.TrimRight(text, "\x00"), "\x00") {
		info, err := os.Lstat(name)
		if err != nil || !info.Mode().IsRegular() { // removed, or a link to another file of the list
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return result{}, err
		}
		files++
		for _, f := range planted(b) {
			r.findings = append(r.findings, name+f)
		}
	}
	r.text = fmt.Sprintf("%d files", files)
	return r, nil
}

// planted gives the line and the kind of everything in a file that looks like a secret, never the secret.
func planted(b []byte) (found []string) {
	for _, p := range secretPatterns {
		for _, at := range p.form.FindAllSubmatchIndex(b, -1) {
			if len(at) > 2 && entropy(b[at[2]:at[3]]) < leastEntropy {
				continue
			}
			found = append(found, fmt.Sprintf(":%d: looks like a %s: take it out, and change it where it is used", 1+bytes.Count(b[:at[0]], []byte{'\n'}), p.name))
		}
	}
	return found
}

// entropy is Shannon's, of a text's own characters, in bits a character: -Σ p log2 p.
func entropy(b []byte) float64 {
	var counts [256]int
	for _, c := range b {
		counts[c]++
	}
	h := 0.
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(b))
			h -= p * math.Log2(p)
		}
	}
	return h
}
