package cli

import (
	"fmt"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Progress shows the stages of a command on Err: a bar each on a terminal, a line each at its end elsewhere, nothing if
// the console is quiet. It must be used by one goroutine, and closed.
type Progress struct {
	console *Console
	bars    *mpb.Progress // nil: lines
	bar     *mpb.Bar      // of the current stage; nil between stages
	label   string        // of bar
}

// Progress returns a new display.
func (c *Console) Progress() *Progress {
	p := &Progress{console: c}
	if !c.Quiet && isTerminal(c.Err) {
		p.bars = mpb.New(mpb.WithOutput(c.Err), mpb.WithWidth(40))
	}
	return p
}

// Update shows how far a stage is. Label stands before it.
func (p *Progress) Update(label string, step datatransfer.Progress) {
	label += string(step.Stage)
	if p.bars != nil {
		p.draw(label, step)
		return
	}
	if step.Done {
		amount := Plural(step.Records, "record")
		if step.Bytes > 0 {
			amount += ", " + Size(step.Bytes)
		}
		p.console.Notef("%s: %s in %s", label, amount, step.Elapsed.Round(time.Millisecond))
	}
}

func (p *Progress) draw(label string, step datatransfer.Progress) {
	done, total := step.Bytes, step.TotalBytes
	counters := decor.CountersKiloByte("% .1f / % .1f", decor.WC{W: 22})
	if total == 0 {
		done, total = step.Records, step.TotalRecords
		counters = decor.CountersNoUnit("%d / %d", decor.WC{W: 22})
	}
	if p.bar == nil || p.label != label {
		p.abort()
		p.label = label
		p.bar = p.bars.AddBar(total,
			mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-15s", label))),
			mpb.AppendDecorators(counters, decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 8}), "")))
	}
	if step.Done {
		p.bar.SetTotal(max(done, 1), true)
		p.bar = nil
		return
	}
	p.bar.SetTotal(max(total, done+1), false) // a bar that reaches its total is over
	p.bar.SetCurrent(done)
}

// abort leaves the bar of a stage that did not end where it is.
func (p *Progress) abort() {
	if p.bar != nil {
		p.bar.Abort(false)
		p.bar = nil
	}
}

// Close ends the display, so that later output stands below it.
func (p *Progress) Close() {
	if p.bars == nil {
		return
	}
	p.abort()
	p.bars.Wait()
	p.bars = nil
}

// busyDelay is how long something takes before Busy shows it.
const busyDelay = 300 * time.Millisecond

// Busy shows on a terminal that something goes on, until the function that it returns is called.
func (c *Console) Busy(text string) (stop func()) {
	if c.Quiet || !isTerminal(c.Err) {
		return func() {}
	}
	visible := make(chan any)
	timer := time.AfterFunc(busyDelay, func() { close(visible) })
	bars := mpb.New(mpb.WithOutput(c.Err), mpb.WithRenderDelay(visible))
	spinner := bars.New(1, mpb.SpinnerStyle(), mpb.BarWidth(3),
		mpb.AppendDecorators(decor.Name(Printable(text)+" "), decor.Elapsed(decor.ET_STYLE_GO)))
	return func() {
		timer.Stop()
		spinner.Abort(true)
		bars.Wait()
	}
}
