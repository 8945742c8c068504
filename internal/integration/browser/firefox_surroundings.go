package browser

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
)

// privileged calls a JavaScript function in the browser's own window, with the BrowsingContext of the tab and args.
// WebDriver BiDi offers no other way to what it is used for.
func (f *firefoxTab) privileged(ctx context.Context, function string, args ...any) (json.RawMessage, error) {
	data, err := json.Marshal(append([]any{}, args...)) // not null
	if err != nil {
		return nil, err
	}
	text := func(s string) any { return map[string]any{"type": "string", "value": s} }
	encoded, err := decode[string](f.process.script(ctx, "script.callFunction", f.process.chrome, map[string]any{
		"functionDeclaration": `async (id, args) => {
			const {NavigableManager} = ChromeUtils.importESModule("chrome://remote/content/shared/NavigableManager.sys.mjs")
			const context = NavigableManager.getBrowsingContextById(id)
			if (!context?.embedderElement) throw new Error("the tab is gone")
			return JSON.stringify(await (` + function + `)(context, ...JSON.parse(args)))
		}`,
		"arguments": []any{text(f.id), text(string(data))},
	}))
	if err != nil || encoded == "" {
		return nil, err
	}
	return json.RawMessage(encoded), nil
}

func (f *firefoxTab) viewport(ctx context.Context, width, height int64) error {
	return f.send(ctx, "browsingContext.setViewport", map[string]any{
		"viewport": map[string]any{"width": width, "height": height}, "devicePixelRatio": 1,
	})
}

func (f *firefoxTab) media(ctx context.Context, features map[string]string) error {
	_, err := f.privileged(ctx, `(context, features) => {
		context.prefersColorSchemeOverride = features["prefers-color-scheme"] ?? "light"
		context.prefersReducedMotionOverride = features["prefers-reduced-motion"] ?? "none"
		context.forcedColorsOverride = features["forced-colors"] ?? "none"
	}`, features)
	return err
}

func (f *firefoxTab) timezone(ctx context.Context, id string) error {
	return f.override(ctx, "emulation.setTimezoneOverride", map[string]any{"timezone": id})
}

func (f *firefoxTab) locale(ctx context.Context, tag string) error {
	return f.override(ctx, "emulation.setLocaleOverride", map[string]any{"locale": tag})
}

func (f *firefoxTab) scripting(ctx context.Context, enabled bool) error {
	_, err := f.privileged(ctx, `(context, enabled) => { context.allowJavascript = enabled }`, enabled)
	return err
}

func (f *firefoxTab) offline(ctx context.Context, offline bool) error {
	params := map[string]any{"networkConditions": nil}
	if offline {
		params["networkConditions"] = map[string]any{"type": "offline"}
	}
	return f.override(ctx, "emulation.setNetworkConditions", params)
}

// permitClipboard makes the clipboard of the page reject, or not: nobody can forbid Firefox that a page copies after a
// click.
func (f *firefoxTab) permitClipboard(ctx context.Context, allowed bool) error {
	script := `navigator.clipboard.writeText = async () => { throw new DOMException("", "NotAllowedError") }, undefined`
	if allowed {
		script = `delete navigator.clipboard.writeText, undefined`
	}
	_, err := f.evaluate(ctx, script)
	return err
}

func (f *firefoxTab) partition() map[string]any {
	return map[string]any{"type": "storageKey", "userContext": f.userContext}
}

func (f *firefoxTab) setCookie(ctx context.Context, address, name, value string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	return f.process.send(ctx, "storage.setCookie", map[string]any{"partition": f.partition(), "cookie": map[string]any{
		"name": name, "value": map[string]any{"type": "string", "value": value}, "domain": u.Hostname(), "path": "/",
		"httpOnly": true, "sameSite": "strict",
	}}, nil)
}

func (f *firefoxTab) clearCookies(ctx context.Context) error {
	return f.process.send(ctx, "storage.deleteCookies", map[string]any{"partition": f.partition()}, nil)
}

func (f *firefoxTab) screenshot(ctx context.Context, whole bool) ([]byte, error) {
	origin := "viewport"
	if whole {
		origin = "document"
	}
	var result struct {
		Data string `json:"data"`
	}
	if err := f.process.send(ctx, "browsingContext.captureScreenshot",
		map[string]any{"context": f.id, "origin": origin}, &result); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(result.Data)
}
