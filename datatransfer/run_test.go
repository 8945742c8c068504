package datatransfer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

const (
	scalar     = `{"type":"string"}`
	toAdmin    = `{"type":"relation","relation":"oneToOne","target":"admin::user"}`
	noteLine   = `{"type":"api::note.note","id":1,"data":{"documentId":"d1","title":"one"}}`
	userLine   = `{"type":"admin::user","id":1,"data":{"documentId":"u1","password":"secret"}}`
	noteToNote = `{"kind":"relation.circular","relation":"oneToOne","left":{"type":"api::note.note","ref":1,` +
		`"field":"next"},"right":{"type":"api::note.note","ref":1}}`
	noteToUser = `{"kind":"relation.basic","relation":"oneToOne","left":{"type":"api::note.note","ref":1,` +
		`"field":"createdBy"},"right":{"type":"admin::user","ref":1}}`
	settingLine = `{"type":"core-store","value":{"key":"k"}}`
	webhookLine = `{"type":"webhook","value":{"id":1}}`
)

func noteSchemas(t testing.TB) datatransfer.Schemas {
	return schemas(t,
		schema("api::note.note", "title", scalar, "next", `{"type":"relation","target":"api::note.note"}`,
			"createdBy", toAdmin),
		schema(datatransfer.TypeFile, "hash", scalar, "ext", scalar),
		schema(datatransfer.TypeFolder, "name", scalar),
		schema("admin::user", "password", scalar),
	)
}

func noteSource(t testing.TB) *source {
	return &source{
		schemas:       noteSchemas(t),
		entities:      entities(t, noteLine, userLine),
		assets:        []datatransfer.Asset{asset("a.txt", "hello"), asset("b.txt", "")},
		links:         links(t, noteToNote, noteToUser),
		configuration: configuration(t, settingLine, webhookLine),
	}
}

func TestRunTakesEverythingInOrder(t *testing.T) {
	t.Parallel()
	dst := &destination{}
	report, err := datatransfer.Run(t.Context(), noteSource(t), dst, nil)
	require.NoError(t, err)
	require.Equal(t, allCalls, dst.calls)
	require.Equal(t, []string{noteLine}, dst.entities)
	require.Equal(t, map[string]string{"a.txt": "hello", "b.txt": ""}, dst.files)
	require.Equal(t, []string{noteToNote}, dst.links)
	require.Equal(t, []string{settingLine, webhookLine}, dst.configuration)
	require.Equal(t, noteSchemas(t), dst.start.Schemas)

	require.False(t, report.Ended.Before(report.Started))
	for i := range report.Stages {
		report.Stages[i].Duration = 0
	}
	count := func(lines ...string) datatransfer.Count {
		c := datatransfer.Count{Records: int64(len(lines))}
		for _, line := range lines {
			c.Bytes += int64(len(line))
		}
		return c
	}
	dropped := map[string]int64{datatransfer.DroppedProtected: 1}
	require.Equal(t, []datatransfer.StageReport{
		{Stage: "entities", Records: 1, Bytes: int64(len(noteLine)), Dropped: dropped,
			ByType: map[string]datatransfer.Count{"api::note.note": count(noteLine)}},
		{Stage: "assets", Records: 2, Bytes: 5},
		{Stage: "links", Records: 1, Bytes: int64(len(noteToNote)), Dropped: dropped,
			ByType: map[string]datatransfer.Count{"api::note.note": count(noteToNote)}},
		{Stage: "configuration", Records: 2, Bytes: int64(len(settingLine) + len(webhookLine)),
			ByType: map[string]datatransfer.Count{"core-store": count(settingLine), "webhook": count(webhookLine)}},
	}, report.Stages)
}

// The report counts the bytes that a destination writes, without encoding records again.
func TestReportCountsBytesOfRecords(t *testing.T) {
	t.Parallel()
	src := &source{
		entities: entities(t, `{"type":"a","id":"doc","data":{ },"more":1}`),
		links: links(t, `{"kind":"k","relation":"r","left":{"type":"a","ref":1,"field":null,"pos":null,"x":1},`+
			`"right":{"type":"b","ref":"d","field":"f","pos":1.5},"y":2}`),
		configuration: configuration(t, `{"type":"core-store","value":null,"more":[]}`),
	}
	dst := &destination{}
	report, err := datatransfer.Run(t.Context(), src, dst, nil)
	require.NoError(t, err)
	require.EqualValues(t, len(dst.entities[0]), report.Stages[0].Bytes)
	require.EqualValues(t, len(dst.links[0]), report.Stages[2].Bytes)
	require.EqualValues(t, len(dst.configuration[0]), report.Stages[3].Bytes)
}

// A source with a type of its own for each record does not fill the memory.
func TestReportTellsALimitedNumberOfTypesApart(t *testing.T) {
	t.Parallel()
	src := &source{}
	for i := range 10_010 {
		e := datatransfer.Entity{Type: fmt.Sprintf("api::a%d.a", i), ID: "1", Data: []byte("{}")}
		src.entities = append(src.entities, e)
	}
	report, err := datatransfer.Run(t.Context(), src, &destination{}, nil)
	require.NoError(t, err)
	require.Len(t, report.Stages[0].ByType, 10_001)
	require.EqualValues(t, 10, report.Stages[0].ByType[""].Records)
	require.EqualValues(t, 10_010, report.Stages[0].Records)
}

func TestRunRollsBackAfterAnyFailure(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for i, method := range allCalls {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			dst := &destination{fail: map[string]error{method: boom}}
			_, err := datatransfer.Run(t.Context(), noteSource(t), dst, nil)
			require.ErrorIs(t, err, boom)
			require.Equal(t, append(allCalls[:i+1:i+1], "Rollback"), dst.calls)
		})
	}
	for _, before := range []datatransfer.Stage{"metadata", "schemas"} {
		t.Run("source "+string(before), func(t *testing.T) {
			t.Parallel()
			src := noteSource(t)
			src.fail = map[datatransfer.Stage]error{before: boom}
			dst := &destination{}
			report, err := datatransfer.Run(t.Context(), src, dst, nil)
			require.ErrorIs(t, err, boom)
			require.Equal(t, []string{"Rollback"}, dst.calls)
			require.Empty(t, report.Stages)
		})
	}
	for _, stage := range datatransfer.Stages() {
		t.Run("source "+string(stage), func(t *testing.T) {
			t.Parallel()
			src := noteSource(t)
			src.fail = map[datatransfer.Stage]error{stage: boom}
			dst := &destination{}
			report, err := datatransfer.Run(t.Context(), src, dst, nil)
			require.ErrorIs(t, err, boom)
			var at *datatransfer.RecordError
			require.ErrorAs(t, err, &at)
			require.Equal(t, stage, at.Stage)
			require.Equal(t, "Rollback", dst.calls[len(dst.calls)-1])
			require.NotContains(t, dst.calls, "Commit")
			require.Equal(t, stage, report.Stages[len(report.Stages)-1].Stage)
			require.NotZero(t, report.Stages[len(report.Stages)-1].Records)
		})
	}
}

func TestRunRollsBackWithALiveContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	revoked := errors.New("token revoked")
	dst := &destination{instead: map[datatransfer.Stage]func(func() error) error{
		datatransfer.StageLinks: func(all func() error) error { cancel(revoked); return all() },
	}}
	_, err := datatransfer.Run(ctx, noteSource(t), dst, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, revoked)
	require.NotContains(t, err.Error(), "rollback")
	require.Equal(t, []string{"WriteLinks", "Rollback"}, dst.calls[len(dst.calls)-2:])
}
