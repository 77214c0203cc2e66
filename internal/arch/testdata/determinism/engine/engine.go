// Package engine breaks the determinism contract in every way the test knows.
package engine

import (
	"fmt"
	"maps"
	"math"
	"time"

	_ "context"      // want pure
	_ "log/slog"     // want pure
	_ "math/rand"    // want pure
	_ "math/rand/v2" // want pure
	_ "net"          // want pure
	_ "os"           // want pure
	_ "sync"         // want pure
	_ "sync/atomic"  // want pure
)

type book map[string]int

func order(m map[string]int, b book, s []int) (sum int) {
	for range s {
		sum++
	}
	for _, v := range m { // want maporder
		sum += v
	}
	for range b { // want maporder
		sum++
	}
	for range maps.Keys(m) { // want maporder
		sum++
	}
	return sum
}

func generic[M ~map[K]V, K comparable, V any](m M) (n int) {
	for range m { // want maporder
		n++
	}
	return n
}

func clock() (time.Duration, error) {
	start := time.Now()                    // want clock
	time.Sleep(time.Second)                // want clock
	wait := time.After                     // want clock
	<-wait(time.Since(start))              // want clock
	_, err := time.LoadLocation("UTC")     // fine: a table of rules, not a clock
	return time.Unix(0, 0).Sub(start), err // fine
}

func threads(c, d chan int) {
	go fmt.Print() // want goroutine
	select {       // want goroutine
	case <-c:
	case <-d:
	}
}

func sums(x, y, z float64, n, m int) float64 {
	sum := z + x*y              // want fuse
	sum += x * y                // want fuse
	sum -= (y * z)              // want fuse
	sum = (x * y) - z           // want fuse
	sum += float64(x*y) + z     // fine
	sum += float64(n*m + n)     // fine: integers
	sum += 2 * 3.5              // fine: a constant
	return sum + math.Sqrt(x)*1 // want fuse
}

func loose(x float64) float64 {
	return math.Max(math.Sqrt(x), math.Exp(x)) // want loosemath
}
