let open = null; // the menu that is open: { menu, button }

document.addEventListener("pointerdown", ({ target }) => {
  if (open && !open.menu.contains(target) && !open.button.contains(target)) close();
});

// offerMenu makes button open the menu that make returns. choose is called with the
// action of the item that is chosen.
export function offerMenu(button, make, choose) {
  button.addEventListener("click", () => {
    const again = open?.button === button;
    close();
    if (!again) show(button, make(), choose);
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || open) return;
    event.preventDefault();
    button.click();
  });
}

function show(button, menu, choose) {
  open = { menu, button };
  button.setAttribute("aria-expanded", "true");
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  for (const item of items) {
    item.addEventListener("click", () => {
      close();
      button.focus(); // a dialog returns the focus to it
      choose(item.dataset.action);
    });
  }
  menu.addEventListener("keydown", (event) => {
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length).focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      if (event.key === "Escape") event.preventDefault();
      close();
      button.focus();
    }
  });
  button.after(menu);
  menu.scrollIntoView({ block: "nearest" });
  items[0].focus();
}

function close() {
  if (!open) return;
  open.button.setAttribute("aria-expanded", "false");
  open.menu.remove();
  open = null;
}
