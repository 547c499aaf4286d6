import { type ChartTheme, darkTheme, lightTheme } from "../charts/theme.js";

type Choice = "auto" | "light" | "dark";
const order: readonly Choice[] = ["auto", "light", "dark"];
const key = "loadline.theme";

/** The reader's choice of light or dark; follows the system until a choice is made. */
export class ThemeChoice {
  private choice: Choice = "auto";
  private readonly system = matchMedia("(prefers-color-scheme: dark)");

  constructor(
    button: HTMLElement,
    private readonly onChange: () => void,
  ) {
    this.apply(button, stored());
    button.addEventListener("click", () => {
      this.apply(button, order[(order.indexOf(this.choice) + 1) % order.length]!);
      try {
        localStorage.setItem(key, this.choice);
      } catch {
        // A file opened from disk may have no storage; the choice then lasts as long as the page.
      }
      this.onChange();
    });
    this.system.addEventListener("change", () => this.onChange());
  }

  get theme(): ChartTheme {
    const dark = this.choice === "dark" || (this.choice === "auto" && this.system.matches);
    return dark ? darkTheme : lightTheme;
  }

  private apply(button: HTMLElement, choice: Choice): void {
    this.choice = choice;
    if (choice === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    button.textContent = `Theme: ${choice}`;
  }
}

function stored(): Choice {
  try {
    const value = localStorage.getItem(key);
    return order.find((choice) => choice === value) ?? "auto";
  } catch {
    return "auto";
  }
}
