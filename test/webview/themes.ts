/** The variables of VS Code's own themes that the page uses, as its webviews have them. */
import type { VsCodeTheme } from "./page.ts";

export const vsCodeDark: VsCodeTheme = {
  bodyClass: "vscode-dark",
  variables: {
    "--vscode-editor-background": "#1f1f1f",
    "--vscode-editor-foreground": "#cccccc",
    "--vscode-descriptionForeground": "#9d9d9d",
    "--vscode-focusBorder": "#0078d4",
    "--vscode-widget-border": "#313131",
    "--vscode-dropdown-background": "#313131",
    "--vscode-dropdown-border": "#3c3c3c",
    "--vscode-editorWidget-background": "#202020",
    "--vscode-textLink-foreground": "#4daafc",
    "--vscode-font-size": "13px",
  },
};

export const vsCodeLight: VsCodeTheme = {
  bodyClass: "vscode-light",
  variables: {
    "--vscode-editor-background": "#ffffff",
    "--vscode-editor-foreground": "#3b3b3b",
    "--vscode-descriptionForeground": "#3b3b3b",
    "--vscode-focusBorder": "#005fb8",
    "--vscode-widget-border": "#e5e5e5",
    "--vscode-dropdown-background": "#ffffff",
    "--vscode-dropdown-border": "#cecece",
    "--vscode-editorWidget-background": "#f8f8f8",
    "--vscode-textLink-foreground": "#005fb8",
    "--vscode-font-size": "13px",
  },
};

export const highContrast: VsCodeTheme = {
  bodyClass: "vscode-high-contrast vscode-reduce-motion",
  variables: {
    "--vscode-editor-background": "#000000",
    "--vscode-editor-foreground": "#ffffff",
    "--vscode-descriptionForeground": "#ffffffb3",
    "--vscode-contrastBorder": "#6fc3df",
    "--vscode-focusBorder": "#f38518",
    "--vscode-widget-border": "#6fc3df",
    "--vscode-dropdown-background": "#000000",
    "--vscode-dropdown-border": "#6fc3df",
    "--vscode-editorWidget-background": "#0c141f",
    "--vscode-textLink-foreground": "#21a6ff",
    "--vscode-font-size": "13px",
  },
};
