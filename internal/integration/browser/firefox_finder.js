// A frame script: it runs in the process of the page, with the rights of the browser.
{
	const service = Cc["@mozilla.org/accessibilityService;1"].getService(Ci.nsIAccessibilityService)
	const states = Ci.nsIAccessibleStates

	// current brings the accessibility tree up to date with the document.
	const current = () => {
		const utils = content.windowUtils
		utils.advanceTimeAndRefresh(0)
		utils.advanceTimeAndRefresh(0)
		utils.restoreNormalRefresh()
	}

	const roleOf = a => {
		if (a.role === Ci.nsIAccessibleRole.ROLE_SUMMARY) return "DisclosureTriangle" // as Chromium says
		if (a.role === Ci.nsIAccessibleRole.ROLE_PASSWORD_TEXT) return "textbox" // as well
		if (a.role === Ci.nsIAccessibleRole.ROLE_TEXT_LEAF) return "StaticText"
		if (a.role === Ci.nsIAccessibleRole.ROLE_PASSWORD_TEXT) return "textbox"
		return a.computedARIARole || "generic"
	}
	const squeeze = text => (text ?? "").trim().replace(/\s+/g, " ")

	// below returns a and everything in it.
	const below = function* (a) {
		yield a
		for (let child = a.firstChild; child; child = child.nextSibling) yield* below(child)
	}

	const pathOf = node => {
		const path = []
		for (; node.parentNode; node = node.parentNode) path.unshift([...node.parentNode.childNodes].indexOf(node))
		return path.join(",")
	}

	const describe = a => {
		const node = a.DOMNode, properties = {}
		for (const {name, value} of node.attributes ?? []) if (name.startsWith("aria-")) properties[name.slice(5)] = value
		const [state, more] = [{}, {}]
		a.getState(state, more)
		const is = flag => String(!!(state.value & flag))
		properties.disabled = is(states.STATE_UNAVAILABLE)
		properties.invalid = is(states.STATE_INVALID)
		if (state.value & states.STATE_CHECKABLE)
			properties.checked = state.value & states.STATE_MIXED ? "mixed" : is(states.STATE_CHECKED)
		if (more.value & states.EXT_STATE_EXPANDABLE) properties.expanded = is(states.STATE_EXPANDED)
		return {node: pathOf(node), role: roleOf(a), name: squeeze(a.name), description: a.description ?? "", properties}
	}

	const find = ({node, role, name, holding, focused}) => {
		const document = content.document
		if (document.readyState === "uninitialized") throw new Error("there is no document")
		current()
		if (focused) {
			const active = document.activeElement
			if (!active || active === document.body || active === document.documentElement) return []
			const a = service.getAccessibleFor(active)
			return a ? [describe(a)] : []
		}
		const start = node.split(",").filter(Boolean).reduce((from, i) => from?.childNodes[i], document)
		const root = start && service.getAccessibleFor(start)
		if (!root) throw new Error("the element is gone")
		const found = []
		for (const a of below(root)) {
			if (!a.DOMNode || role && roleOf(a) !== role || name && squeeze(a.name) !== squeeze(name)) continue
			if (holding && ![...below(a)].some(inside => squeeze(inside.name) === squeeze(holding))) continue
			found.push(describe(a))
		}
		return found
	}

	addMessageListener("transfertoken:find", ({data: question}) => {
		const answer = {id: question.id}
		try {
			answer.found = find(question)
		} catch (e) {
			answer.error = String(e)
		}
		sendAsyncMessage("transfertoken:found", answer)
	})
}
