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

// viewport sets how much room the page has, in CSS pixels.
func (p *page) viewport(width, height int64) {
	p.t.Helper()
	do(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height,
		DeviceScaleFactor: 1})
}

// prefers sets a media feature: prefers("prefers-color-scheme", "dark"). Pages
// get prefers-reduced-motion: reduce unless it is set.
func (p *page) prefers(feature, value string) {
	p.t.Helper()
	p.media[feature] = value
	p.emulateMedia()
}

func (p *page) emulateMedia() {
	p.t.Helper()
	var features []*emulation.MediaFeature
	for _, name := range slices.Sorted(maps.Keys(p.media)) {
		features = append(features, &emulation.MediaFeature{Name: name, Value: p.media[name]})
	}
	do(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}

// timezone sets the time zone, which is UTC otherwise.
func (p *page) timezone(id string) {
	p.t.Helper()
	do(p, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: id})
}

// locale sets the language and the format of numbers and dates, such as "de-DE",
// for pages that are opened after that. It is en-US otherwise.
func (p *page) locale(tag string) {
	p.t.Helper()
	do(p, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: tag})
	agent := eval[string](p, "navigator.userAgent")
	do(p, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: tag})
}

// stopClock makes it now for pages that are opened after that, for ever. Timers
// still run.
func (p *page) stopClock(now time.Time) {
	p.t.Helper()
	do(p, pageapi.AddScriptToEvaluateOnNewDocument, pageapi.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(`{
		const now = %d
		globalThis.Date = class extends Date {
			constructor(...args) { args.length ? super(...args) : super(now) }
			static now() { return now }
		}
	}`, now.UnixMilli())})
}

// offline takes the network away, or gives it back.
func (p *page) offline(offline bool) {
	p.t.Helper()
	conditions := &network.Conditions{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}
	do(p, network.EmulateNetworkConditionsByRule,
		network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{conditions}})
	do(p, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: offline, DownloadThroughput: -1,
		UploadThroughput: -1})
}
