// Light or dark: the system decides until the reader does. Paper is always light.
import {button} from "./dom.js";

export function themeButton() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement.classList;
  root.toggle("dark", system.matches);
  system.addEventListener("change", () => root.toggle("dark", system.matches));
  let before = false;
  addEventListener("beforeprint", () => { before = root.contains("dark"); root.remove("dark"); });
  addEventListener("afterprint", () => root.toggle("dark", before));
  const made = button("◐", "light or dark", () => root.toggle("dark"));
  made.classList.add("theme");
  return made;
}
