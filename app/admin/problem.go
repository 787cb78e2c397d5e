package admin

import "context"

func (a *api) problem(ctx context.Context, err error) error { return err }
