import { expectRefusal } from "./api.js";
import { Dialog } from "./dialog.js";
import { fill, text } from "./texts.js";

const dialog = new Dialog("confirm");

// confirm asks before it calls act for the token that current returns. act returns
// a function to call when the dialog has closed. refused returns one as well, or
// null to let the viewer read the reason and decide again.
export function confirm({ current, title, explain, label, busyLabel, act, refused }) {
  const name = () => fill(document.getElementById("confirm-title"), title, { name: current().name });
  name();
  document.getElementById("confirm-text").textContent = text(explain);
  dialog.submit = async () => {
    dialog.clearError();
    try {
      return await act();
    } catch (refusal) {
      expectRefusal(refusal);
      const next = await refused(refusal);
      if (!next) {
        name(); // it may have another one by now
        dialog.sayRefusal(refusal);
      }
      return next;
    }
  };
  dialog.open(label, busyLabel);
}
