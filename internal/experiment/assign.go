package experiment

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// Arm assigns a unit: the first eight bytes of SHA-256 over salt, stratum and unit, as a fraction of 2⁶⁴, below the share is
// the treatment (ABT-01). Units of different strata are different units.
func (d *Design) Arm(stratum, unit string) Arm {
	if d.fraction(stratum, unit) < d.Share {
		return Treatment
	}
	return Control
}

// ArmOfDay assigns a symbol's whole day, yyyymmdd.
func (d *Design) ArmOfDay(symbol string, date int32) Arm {
	var day [4]byte
	binary.BigEndian.PutUint32(day[:], uint32(date))
	return d.Arm(symbol, string(day[:]))
}

func (d *Design) fraction(parts ...string) float64 {
	h := sha256.New()
	for _, s := range append([]string{d.Salt}, parts...) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s))) // so that no two lists of parts run together
		h.Write(n[:])
		h.Write([]byte(s))
	}
	return float64(binary.BigEndian.Uint64(h.Sum(nil))>>11) * 0x1p-53
}

// Group is what orders must share to disturb each other: client, symbol and side.
type Group struct{ Client, Symbol, Side string }

func (g Group) compare(o Group) int {
	if c := strings.Compare(g.Client, o.Client); c != 0 {
		return c
	}
	if c := strings.Compare(g.Symbol, o.Symbol); c != 0 {
		return c
	}
	return strings.Compare(g.Side, o.Side)
}

// Cluster is a run of overlapping orders of one group.
type Cluster struct {
	Group   Group
	ID      uint64 // the first parent's id
	Arm     Arm
	Live    int
	Parents int
}

// Clusters knows which groups have live orders. The zero value knows none.
type Clusters struct{ live []Cluster } // by group

// Arrive takes in a parent and gives its cluster: the one of its group that is live, or a new one with the arm that draw gives.
func (c *Clusters) Arrive(g Group, id uint64, draw func() Arm) Cluster {
	i, found := slices.BinarySearchFunc(c.live, g, func(x Cluster, g Group) int { return x.Group.compare(g) })
	if !found {
		c.live = slices.Insert(c.live, i, Cluster{Group: g, ID: id, Arm: draw()})
	}
	c.live[i].Live++
	c.live[i].Parents++
	return c.live[i]
}

// Leave takes note that a parent of the group ended, and reports the cluster if it was its last.
func (c *Clusters) Leave(g Group) (ended Cluster, ok bool) {
	i, found := slices.BinarySearchFunc(c.live, g, func(x Cluster, g Group) int { return x.Group.compare(g) })
	if !found {
		return Cluster{}, false
	}
	if c.live[i].Live--; c.live[i].Live > 0 {
		return Cluster{}, false
	}
	ended = c.live[i]
	c.live = slices.Delete(c.live, i, i+1)
	return ended, true
}

// Live gives the clusters that have live orders, by group.
func (c *Clusters) Live() []Cluster { return slices.Clone(c.live) }

// Restore is the inverse of Live.
func (c *Clusters) Restore(live []Cluster) {
	c.live = slices.Clone(live)
	slices.SortFunc(c.live, func(a, b Cluster) int { return a.Group.compare(b.Group) })
}
