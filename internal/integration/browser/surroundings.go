package browser

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	pageapi "github.com/chromedp/cdproto/page"
)

// Viewport sets how much room the page has, in CSS pixels.
func (p *Page) Viewport(width, height int64) {
	p.T.Helper()
	Do(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height,
		DeviceScaleFactor: 1})
}

// Prefers sets a media feature: prefers("prefers-color-scheme", "dark"). Pages
// get prefers-reduced-motion: reduce unless it is set.
func (p *Page) Prefers(feature, value string) {
	p.T.Helper()
	p.media[feature] = value
	p.emulateMedia()
}

func (p *Page) emulateMedia() {
	p.T.Helper()
	var features []*emulation.MediaFeature
	for _, name := range slices.Sorted(maps.Keys(p.media)) {
		features = append(features, &emulation.MediaFeature{Name: name, Value: p.media[name]})
	}
	Do(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}

// Timezone sets the time zone, which is UTC otherwise.
func (p *Page) Timezone(id string) {
	p.T.Helper()
	Do(p, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: id})
}

// Locale sets the language and the format of numbers and dates, such as "de-DE",
// for pages that are opened after that. It is en-US otherwise.
func (p *Page) Locale(tag string) {
	p.T.Helper()
	Do(p, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: tag})
	agent := Eval[string](p, "navigator.userAgent")
	Do(p, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: tag})
}

// StopClock makes it now for pages that are opened after that, for ever. Timers
// still run.
func (p *Page) StopClock(now time.Time) {
	p.T.Helper()
	Do(p, pageapi.AddScriptToEvaluateOnNewDocument, pageapi.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(`{
		const now = %d
		globalThis.Date = class extends Date {
			constructor(...args) { args.length ? super(...args) : super(now) }
			static now() { return now }
		}
	}`, now.UnixMilli())})
}

// Offline takes the network away, or gives it back.
func (p *Page) Offline(offline bool) {
	p.T.Helper()
	conditions := &network.Conditions{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}
	Do(p, network.EmulateNetworkConditionsByRule,
		network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{conditions}})
	Do(p, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: offline, DownloadThroughput: -1,
		UploadThroughput: -1})
}
