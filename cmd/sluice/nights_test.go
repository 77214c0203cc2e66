package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"
)

// Every night has its training at the same time, but for one that is still at the last; the end is at once.
func TestNights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var began []string
		done := make(chan struct{})
		go func() {
			defer close(done)
			nights(ctx, 22, 30, func() {
				began = append(began, time.Now().Format("02 15:04:05"))
				if len(began) == 2 {
					time.Sleep(25 * time.Hour)
				}
			})
		}()
		time.Sleep(5*24*time.Hour + time.Hour) // from midnight of the first
		cancel()
		<-done
		if want := []string{"01 22:30:00", "02 22:30:00", "04 22:30:00", "05 22:30:00"}; !slices.Equal(began, want) {
			t.Errorf("trainings began at %q, want %q", began, want)
		}
	})
}

// A night whose training fails is told, and the next night tries again.
func TestEveryNight(t *testing.T) {
	b := newBench(t)
	cutStore(t, b)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := new(cobra.Command)
		c.SetContext(ctx)
		var out bytes.Buffer
		c.SetOut(&out)
		run := training{modelFlags: modelFlags{path: b.path, asJSON: true}, nightly: "22:30", family: "auto"}
		done := make(chan error)
		go func() { done <- run.everyNight(c) }()
		time.Sleep(48 * time.Hour)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if said := out.String(); strings.Count(said, "nothing to train on") != 2 || strings.Count(said, "\n") != 2 {
			t.Errorf("two nights said:\n%s", said)
		}
	})
}
