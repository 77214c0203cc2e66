package registry

import (
	"context"
	"fmt"

	"github.com/sluice-sor/sluice/models"
)

// Model gives a version as a model that may serve: whole, signed by a trusted key, and through every check of package models
// (MOP-11, MOP-12). It gives the artifact's bytes too.
func (r *Registry) Model(ctx context.Context, id string) (*models.Model, []byte, error) {
	data, _, err := r.Load(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	m, err := models.Parse(data)
	if err == nil {
		err = m.Check()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("model %s: %w", id, &UnfitError{err})
	}
	return m, data, nil
}
