package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// ScopeFlags are Strapi's flags that choose a part of the data.
type ScopeFlags struct {
	only, exclude, onlyTypes, excludeTypes []string
}

// Register adds the flags and their completion.
func (s *ScopeFlags) Register(command *cobra.Command) {
	flags := command.Flags()
	flags.StringSliceVar(&s.only, "only", nil, "only these `parts`: content, files, config")
	flags.StringSliceVar(&s.exclude, "exclude", nil, "all but these `parts`: content, files, config, media-library")
	flags.StringSliceVar(&s.onlyTypes, "only-content-types", nil, "only these content `types`, as api::article.article")
	flags.StringSliceVar(&s.excludeTypes, "exclude-content-types", nil, "all but these content `types`")
	Complete(command, "only", "content", "files", "config")
	Complete(command, "exclude", "content", "files", "config", "media-library")
	Complete(command, "only-content-types")
	Complete(command, "exclude-content-types")
}

// Scope returns the scope that the flags choose, or a usage error.
func (s *ScopeFlags) Scope() (datatransfer.Scope, error) {
	scope, err := datatransfer.ParseScope(s.only, s.exclude, s.onlyTypes, s.excludeTypes)
	if err != nil {
		return scope, &ExitError{Code: ExitUsage, Err: err}
	}
	return scope, nil
}

// CheckTypes returns an error if the scope names a content type that the source doesn't have, or one that takes part in
// no transfer. Protected has the types that are protected beside those that always are.
func CheckTypes(
	ctx context.Context, source datatransfer.Source, scope datatransfer.Scope, protected []string,
) error {
	for _, uid := range scope.OnlyTypes {
		if datatransfer.IsProtected(uid, protected...) {
			return Usagef("%s is protected: it takes part in no transfer", uid)
		}
	}
	schemas, err := source.Schemas(ctx)
	if err != nil {
		return err
	}
	var unknown []string
	for _, uid := range slices.Concat(scope.OnlyTypes, scope.ExcludeTypes) {
		schema, known := schemas.Lookup(uid)
		isMediaLibrary := uid == datatransfer.TypeFile || uid == datatransfer.TypeFolder // which --exclude may name
		if !isMediaLibrary && (!known || schema.ModelType == datatransfer.ModelComponent) {
			unknown = append(unknown, uid)
		}
	}
	if len(unknown) > 0 {
		return errors.New("the data has no content type " + strings.Join(unknown, ", ") + " (xfer inspect lists them)")
	}
	return nil
}

// Complete offers the values of a flag to the shell, and no files.
func Complete(command *cobra.Command, flag string, values ...cobra.Completion) {
	completion := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	if err := command.RegisterFlagCompletionFunc(flag, completion); err != nil {
		panic(err) // the command does not have the flag
	}
}
