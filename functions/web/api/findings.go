package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"akin/functions/web/serve"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
)

// A finding is one of the report, with what editors did about it.
type finding struct {
	coverage.Finding
	Key     string                `json:"key" doc:"What addresses call it; the same in later reports"`
	ETag    string                `json:"etag" doc:"Of what was done about it, for If-Match"`
	State   string                `json:"state" doc:"open, snoozed, done or dismissed"`
	Accepts bool                  `json:"accepts" doc:"Whether akin can carry out what it proposes"`
	Worked  *engine.WorkedFinding `json:"worked,omitempty" doc:"What was done about it"`
}

type findingsAnswer struct {
	Findings []finding `json:"findings"`
}

type findingsInput struct {
	State string `query:"state" enum:"open,snoozed,done,dismissed" doc:"Only those; all if left out"`
	Kind  string `query:"kind" maxLength:"64" doc:"Only of this kind"`
}

type workInput struct {
	Key     string `path:"key" doc:"Key of a finding of the report in use"`
	IfMatch string `header:"If-Match" doc:"ETag of what was done about the finding, \"0\" if nothing"`
	Note    string `query:"note" maxLength:"1024" doc:"Why, for the history; needed to dismiss"`
	Do      string `query:"do" required:"true" enum:"accept,dismiss,assign,snooze,reopen" doc:"What to do about it"`
	To      string `query:"to" maxLength:"200" doc:"For assign: to whom; empty: to nobody"`
	Until   string `query:"until" maxLength:"40" doc:"For snooze: the day on which it is open again, as 2026-03-31"`
}

type undoFindingInput struct {
	Key     string `path:"key" doc:"Key of a finding"`
	IfMatch string `header:"If-Match" doc:"ETag of what was done about the finding"`
	Note    string `query:"note" maxLength:"1024" doc:"Why, for the history"`
	Change  uint64 `path:"change" minimum:"1" doc:"Number of the change: the ETag that it left"`
}

func (s *routes) routeFindings(api *router) {
	handle(s, api, huma.Operation{
		OperationID: "findings", Method: http.MethodGet, Path: "/v1/findings", Tags: []string{"editors"},
		Summary: "The findings of the report, with what editors did about each", Errors: []int{http.StatusNotFound},
	}, serve.RoleEditor|serve.RolePipeline, s.findings)
	errs := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired, http.StatusUnprocessableEntity, http.StatusNotImplemented}
	handle(s, api, huma.Operation{
		OperationID: "work-finding", Method: http.MethodPost, Path: "/v1/findings/{key}", Tags: []string{"editors"},
		Summary:     "Accept, dismiss, assign or put away a finding",
		Description: "accept carries out what the finding proposes, by decisions that stand in the histories of the works and topics that they are about. dismiss puts it away until its evidence changes, snooze until a day. reopen takes it out again.",
		Errors:      errs,
	}, serve.RoleEditor, s.workFinding)
	handle(s, api, huma.Operation{
		OperationID: "undo-finding", Method: http.MethodPost, Path: "/v1/findings/{key}/history/{change}/undo", Tags: []string{"editors"},
		Summary: "Undo an act on a finding, with the decisions that came with it", Description: undoText, Errors: errs,
	}, serve.RoleEditor, func(ctx context.Context, in *undoFindingInput) (*written[*engine.WorkedFinding], error) {
		tag, err := s.undo(ctx, engine.Subject{Finding: in.Key}, in.Change, in.IfMatch, in.Note)
		if err != nil {
			return nil, err
		}
		return s.worked(ctx, in.Key, tag)
	})
}

func (s *routes) findings(ctx context.Context, in *findingsInput) (*cached[findingsAnswer], error) {
	report, err := s.coverage(ctx, nil)
	if err != nil {
		return nil, err
	}
	worked, err := s.Reader.WorkedFindings(ctx)
	if err != nil {
		return nil, err
	}
	out := findingsAnswer{[]finding{}}
	for i := range report.Body.Findings {
		f := &report.Body.Findings[i]
		row := finding{Finding: *f, Key: f.ID().Key(), State: engine.FindingOpen, ETag: `"0"`, Accepts: len(f.Proposal()) > 0}
		if of := worked[row.Key]; of != nil {
			row.Worked, row.ETag, row.State = of, quoteTag(of.ETag), of.StateAt(f.Fingerprint(), report.Body.ComputedAt, s.Now())
		}
		if (in.State == "" || row.State == in.State) && (in.Kind == "" || string(f.Kind) == in.Kind) {
			out.Findings = append(out.Findings, row)
		}
	}
	return &cached[findingsAnswer]{CacheControl: serve.Private, Body: out}, nil
}

func (s *routes) workFinding(ctx context.Context, in *workInput) (*written[*engine.WorkedFinding], error) {
	if s.Publisher == nil {
		return nil, serve.ErrNoPublisher
	}
	tag, err := oneTag(in.IfMatch)
	if err != nil {
		return nil, err
	}
	act := engine.FindingAct{Do: in.Do, To: strings.TrimSpace(in.To)}
	if in.Until != "" {
		if act.Until, err = time.Parse(time.DateOnly, in.Until); err != nil {
			return nil, &recommend.InvalidError{Field: "until", Reason: "is not a day like 2026-03-31"}
		}
	}
	report, err := s.coverage(ctx, nil)
	if err != nil {
		return nil, err
	}
	for i := range report.Body.Findings {
		f := &report.Body.Findings[i]
		if f.ID().Key() != in.Key {
			continue
		}
		act.FindingID, act.Evidence = f.ID(), f.Fingerprint()
		if act.Do == engine.DoAccept {
			act.Rulings = f.Proposal()
		}
		if tag, err = s.Publisher.WorkFinding(context.WithoutCancel(ctx), act, s.editOf(ctx, tag, in.Note)); err != nil {
			return nil, err
		}
		return s.worked(ctx, in.Key, tag)
	}
	return nil, serve.NewProblem(http.StatusNotFound, "the report in use has no such finding")
}

// worked answers with what was done about a finding, once it is in the lists.
func (s *routes) worked(ctx context.Context, key, tag string) (*written[*engine.WorkedFinding], error) {
	if err := s.caughtUp(ctx); err != nil {
		return nil, err
	}
	all, err := s.Reader.WorkedFindings(ctx)
	if err != nil {
		return nil, err
	}
	f := all[key]
	if f == nil {
		f = &engine.WorkedFinding{State: engine.FindingOpen}
	}
	return &written[*engine.WorkedFinding]{Status: http.StatusOK, ETag: quoteTag(tag), Body: f}, nil
}
