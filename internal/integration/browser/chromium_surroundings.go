package browser

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	pageapi "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// send sends a command of which only the success counts.
func send[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(ctx, command, params)
	return err
}

func (c *chromiumTab) viewport(ctx context.Context, width, height int64) error {
	return send(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width,
		Height: height, DeviceScaleFactor: 1})
}

func (c *chromiumTab) media(ctx context.Context, values map[string]string) error {
	var features []*emulation.MediaFeature
	for _, name := range slices.Sorted(maps.Keys(values)) {
		features = append(features, &emulation.MediaFeature{Name: name, Value: values[name]})
	}
	return send(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}

func (c *chromiumTab) timezone(ctx context.Context, id string) error {
	return send(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: id})
}

func (c *chromiumTab) locale(ctx context.Context, tag string) error {
	agent, err := evaluate[string](ctx, c, "navigator.userAgent")
	return errors.Join(err,
		send(ctx, emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: tag}),
		send(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: tag}))
}

func (c *chromiumTab) scripting(ctx context.Context, enabled bool) error {
	return send(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !enabled})
}

func (c *chromiumTab) offline(ctx context.Context, offline bool) error {
	conditions := &network.Conditions{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}
	return errors.Join(
		send(ctx, network.EmulateNetworkConditionsByRule,
			network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{conditions}}),
		send(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: offline,
			DownloadThroughput: -1, UploadThroughput: -1}))
}

func (c *chromiumTab) permitClipboard(ctx context.Context, allowed bool) error {
	setting := browser.PermissionSettingDenied
	if allowed {
		setting = browser.PermissionSettingGranted
	}
	for _, permission := range []*browser.PermissionDescriptor{
		{Name: "clipboard-read"},
		{Name: "clipboard-write"},
		{Name: "clipboard-write", AllowWithoutSanitization: true},
	} {
		if _, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: permission, Setting: setting, BrowserContextID: c.contextID(),
		}); err != nil {
			return err
		}
	}
	return nil
}

func (c *chromiumTab) setCookie(ctx context.Context, url, name, value string) error {
	_, err := chromedp.CallBrowser(ctx, storage.SetCookies, storage.SetCookiesParams{
		BrowserContextID: c.contextID(),
		Cookies: []*network.CookieParam{{
			Name: name, Value: value, URL: url, Path: "/", HTTPOnly: true, SameSite: network.CookieSameSiteStrict,
		}},
	})
	return err
}

func (c *chromiumTab) clearCookies(ctx context.Context) error {
	_, err := chromedp.CallBrowser(ctx, storage.ClearCookies,
		storage.ClearCookiesParams{BrowserContextID: c.contextID()})
	return err
}

func (c *chromiumTab) contextID() cdp.BrowserContextID {
	return chromedp.FromContext(c.ctx).BrowserContextID
}

func (c *chromiumTab) screenshot(ctx context.Context, whole bool) ([]byte, error) {
	png, err := chromedp.Call(ctx, pageapi.CaptureScreenshot,
		pageapi.CaptureScreenshotParams{CaptureBeyondViewport: &whole})
	if err != nil {
		return nil, err
	}
	return png.Data, nil
}
