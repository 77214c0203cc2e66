package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/models"
)

// Config says where a registry is.
type Config struct {
	Target  string           // a directory, or postgres://USER@HOST/DATABASE
	Trusted string           // directory of the public keys that are trusted
	Poll    time.Duration    // how often Wait looks, beside what a database tells; 0 is 250 ms
	Now     func() time.Time // nil is the system's clock
}

// ErrNotFound says that the registry has no such version.
var ErrNotFound = errors.New("no such model")

// UnfitError says that a version is damaged, not signed by a trusted key, or fails a check: trying again will not help.
type UnfitError struct{ Reason error }

func (e *UnfitError) Error() string { return e.Reason.Error() }

// Unwrap gives the reason.
func (e *UnfitError) Unwrap() error { return e.Reason }

// Registry is an open registry. Its methods may be called from several goroutines and processes.
type Registry struct {
	config  Config
	backend backend

	mu      sync.Mutex
	lines   []Line
	aliases Aliases
}

// backend is what a directory and a database do differently.
type backend interface {
	// put keeps a version, all or nothing; one that is there stays as it is.
	put(ctx context.Context, id string, manifest, artifact []byte) error
	ids(ctx context.Context) ([]string, error)
	manifest(ctx context.Context, id string) ([]byte, error) // ErrNotFound
	artifact(ctx context.Context, id string) ([]byte, error)
	// more gives the ledger's lines behind the first n, where the text of those began with the last one given.
	more(ctx context.Context, n uint64) ([]string, error)
	// append calls next while nobody else appends, with the lines behind the first n, and keeps the line it gives, durably.
	append(ctx context.Context, n uint64, next func(more []string) (string, error)) error
	// sleep waits, at most as long, less if another process appended and that can be told.
	sleep(ctx context.Context, most time.Duration) error
	close() error
}

// Open opens a registry; a directory is made with its first version.
func Open(ctx context.Context, c Config) (*Registry, error) {
	if c.Poll <= 0 {
		c.Poll = 250 * time.Millisecond
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	r := &Registry{config: c, aliases: AliasesOf(nil)}
	scheme, _, ok := strings.Cut(c.Target, "://")
	switch {
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		db, err := openPostgres(ctx, c.Target)
		if err != nil {
			return nil, fmt.Errorf("model registry: %w", err)
		}
		r.backend = db
	case ok:
		return nil, errors.New("model registry: it is neither a directory nor PostgreSQL: use a path, or postgres://USER@HOST/DATABASE")
	case c.Target == "":
		return nil, errors.New("model registry: no place is given: name a directory with models.registry")
	default:
		r.backend = &directory{path: c.Target, disk: osDisk{}}
	}
	return r, nil
}

// Close ends the registry.
func (r *Registry) Close() error { return r.backend.close() }

// An Entry is one version as it is listed.
type Entry struct {
	*Manifest          // nil if it cannot be read
	ID        string   `json:"id"`
	Aliases   []string `json:"aliases"`
	Problem   string   `json:"problem,omitempty"` // why its manifest counts for nothing
}

// Publish keeps an artifact as a version, signed, and gives its manifest. One that could not serve is refused. What is there
// already stays as it is and is given. By says who publishes, such as ann@host.
func (r *Registry) Publish(ctx context.Context, data []byte, s *Signer, by string) (*Manifest, error) {
	m, err := models.Parse(data)
	if err == nil {
		err = m.Check()
	}
	if err != nil {
		return nil, fmt.Errorf("an artifact that could not serve is not published: %w", err)
	}
	manifest := newManifest(data, &m.Header, by, r.config.Now())
	old, err := r.manifest(ctx, manifest.ID)
	switch {
	case err == nil:
		return old, r.published(ctx, old)
	case !errors.Is(err, ErrNotFound):
		return nil, fmt.Errorf("version %s is there and cannot be read, and versions are never replaced: %w", manifest.ID, err)
	}
	s.sign(manifest)
	if err := r.backend.put(ctx, manifest.ID, manifest.text(), data); err != nil {
		return nil, fmt.Errorf("publishing %s: %w", manifest.ID, err)
	}
	if manifest, err = r.manifest(ctx, manifest.ID); err != nil { // another process may have put it there meanwhile
		return nil, fmt.Errorf("publishing: %w", err)
	}
	return manifest, r.published(ctx, manifest)
}

var errPublished = errors.New("it has its line")

// published writes the line of a version that has none: it was just put there, or its publisher crashed before it wrote one.
func (r *Registry) published(ctx context.Context, m *Manifest) error {
	_, err := r.append(ctx, func(Aliases) (Line, error) {
		if slices.ContainsFunc(r.lines, func(l Line) bool { return l.What == Publish && l.Model == m.ID }) {
			return Line{}, errPublished
		}
		return Line{What: Publish, Model: m.ID, Actor: m.By}, nil
	})
	if errors.Is(err, errPublished) {
		return nil
	}
	return err
}

func (r *Registry) manifest(ctx context.Context, id string) (*Manifest, error) {
	text, err := r.backend.manifest(ctx, id)
	if err != nil {
		return nil, err
	}
	m, err := parseManifest(text)
	if err == nil && m.ID != id {
		err = fmt.Errorf("its manifest is that of %s", m.ID)
	}
	if err != nil {
		return nil, &UnfitError{err}
	}
	return m, nil
}

// List gives all versions, the latest first. A damaged one has its problem and keeps no other away (MOP-05).
func (r *Registry) List(ctx context.Context) ([]Entry, error) {
	a, err := r.Aliases(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := r.backend.ids(ctx)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(ids))
	for _, id := range ids {
		e := Entry{ID: id, Aliases: a.Of(id)}
		if e.Manifest, err = r.manifest(ctx, id); err == nil {
			err = e.verify(r.config.Trusted)
		}
		if err != nil {
			e.Problem = err.Error()
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		if a.Manifest != nil && b.Manifest != nil {
			if c := b.Published.Compare(a.Published); c != 0 {
				return c
			}
		}
		return strings.Compare(a.ID, b.ID)
	})
	return entries, nil
}

// Load gives a version's artifact and manifest, whole and signed by a trusted key. The error is an [UnfitError] where the version
// itself is at fault, not the way to it.
func (r *Registry) Load(ctx context.Context, id string) ([]byte, *Manifest, error) {
	m, err := r.manifest(ctx, id)
	if err != nil {
		return nil, nil, fmt.Errorf("model %s: %w", id, err)
	}
	data, err := r.backend.artifact(ctx, id)
	if err != nil {
		return nil, nil, fmt.Errorf("model %s: %w", id, err)
	}
	if err = m.describes(data); err != nil {
		err = &UnfitError{err}
	} else {
		err = m.verify(r.config.Trusted)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("model %s: %w", id, err)
	}
	return data, m, nil
}

// Resolve gives the id that a person means: an alias, an id, or the beginning of only one id.
func (r *Registry) Resolve(ctx context.Context, name string) (string, error) {
	a, err := r.Aliases(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range a.pointers() {
		if p.Alias == name {
			if p.ID == "" {
				return "", fmt.Errorf("there is no %s now", name)
			}
			return p.ID, nil
		}
	}
	if name == Builtin {
		return name, nil
	}
	ids, err := r.backend.ids(ctx)
	if err != nil {
		return "", err
	}
	var found []string
	for _, id := range ids {
		if name != "" && strings.HasPrefix(id, name) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", fmt.Errorf("%w %q: `sluice models list` shows those there are", ErrNotFound, name)
	}
	return "", fmt.Errorf("%q begins %d ids: %s; write more of it", name, len(found), strings.Join(found, ", "))
}

// refresh reads what others appended. The caller holds mu.
func (r *Registry) refresh(ctx context.Context) error {
	more, err := r.backend.more(ctx, uint64(len(r.lines)))
	if err != nil {
		return err
	}
	return r.take(more)
}

// take follows lines behind those that are known.
func (r *Registry) take(more []string) error {
	for _, text := range more {
		prev := Line{}
		if n := len(r.lines); n > 0 {
			prev = r.lines[n-1]
		}
		l, err := parseLine(text, &prev)
		if err != nil {
			r.lines, r.aliases = nil, AliasesOf(nil) // once it is mended, it is read from the start
			return err
		}
		r.lines = append(r.lines, *l)
		r.aliases.apply(l)
	}
	return nil
}

// Aliases gives where the aliases stand now.
func (r *Registry) Aliases(ctx context.Context) (Aliases, error) {
	a, _, err := r.Stand(ctx)
	return a, err
}

// Stand gives where the aliases stand by the ledger's last line, and its number, for Wait to go on from.
func (r *Registry) Stand(ctx context.Context) (a Aliases, seq uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err = r.refresh(ctx)
	return r.aliases, uint64(len(r.lines)), err
}

// Ledger gives all lines, the oldest first.
func (r *Registry) Ledger(ctx context.Context) ([]Line, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.refresh(ctx)
	return slices.Clone(r.lines), err
}

// Wait returns once the ledger has a line behind that of seq, or ctx ends.
func (r *Registry) Wait(ctx context.Context, seq uint64) error {
	for {
		r.mu.Lock()
		err := r.refresh(ctx)
		n := uint64(len(r.lines))
		r.mu.Unlock()
		if err != nil || n > seq {
			return err
		}
		if err := r.backend.sleep(ctx, r.config.Poll); err != nil {
			return err
		}
	}
}

// Record appends a line to the ledger, durably, and gives it as it stands there: Seq, At where it is zero, Prev and Hash are
// filled in.
func (r *Registry) Record(ctx context.Context, l Line) (Line, error) {
	return r.append(ctx, func(Aliases) (Line, error) { return l, nil })
}

// maxWords bounds who and why of a line.
const maxWords = 16 << 10

// append appends the line that next makes of the aliases as they stand, while nobody else appends.
func (r *Registry) append(ctx context.Context, next func(Aliases) (Line, error)) (Line, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var l Line
	err := r.backend.append(ctx, uint64(len(r.lines)), func(more []string) (string, error) {
		err := r.take(more)
		if err != nil {
			return "", err
		}
		if l, err = next(r.aliases); err != nil {
			return "", err
		}
		if !(l.Share >= 0 && l.Share <= 1) || len(l.Reason)+len(l.Actor) > maxWords {
			return "", fmt.Errorf("a share of %v, and %d bytes of who and why: give 0 to 1, and at most %d", l.Share, len(l.Reason)+len(l.Actor), maxWords)
		}
		l.Seq, l.Prev = 1, ""
		if n := len(r.lines); n > 0 {
			l.Seq, l.Prev = r.lines[n-1].Seq+1, r.lines[n-1].Hash
		}
		if l.At.IsZero() {
			l.At = r.config.Now()
		}
		l.At = l.At.UTC().Round(0)
		return l.text(), nil
	})
	if err != nil {
		return Line{}, err
	}
	r.lines = append(r.lines, l)
	r.aliases.apply(&l)
	return l, nil
}
