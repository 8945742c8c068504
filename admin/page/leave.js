// What would be lost if the viewer left the page.
const losses = new Set();

// A listener that is there all the time would keep some browsers from keeping the page
// for their back button.
function ask(event) {
  event.preventDefault();
}

// warnOfLoss lets the browser ask before it leaves the page, until forgetLoss is called
// with the same value.
export function warnOfLoss(of) {
  losses.add(of);
  window.addEventListener("beforeunload", ask);
}

export function forgetLoss(of) {
  losses.delete(of);
  if (losses.size === 0) window.removeEventListener("beforeunload", ask);
}
