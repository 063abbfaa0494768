import { randomBytes } from "node:crypto";
import type * as vscode from "vscode";

/** A page of `dist/webview`: one script and one style, and nothing else. */
export type WebviewPage = "comparison" | "inversion" | "summary";

/** What a page may do: run scripts, and read the folder that holds its own, and perhaps others with pictures. */
export function webviewOptions(extensionUri: vscode.Uri, folders: readonly vscode.Uri[] = []): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [pagesOf(extensionUri), ...folders] };
}

/** The document of a page. Its content security policy lets this one script run, and the style; nothing is fetched. */
export function webviewHtml(webview: vscode.Webview, extensionUri: vscode.Uri, page: WebviewPage): string {
  const file = (ending: string) => {
    const folder = pagesOf(extensionUri);
    return String(webview.asWebviewUri(folder.with({ path: `${folder.path}/${page}.${ending}` })));
  };
  return pageHtml({
    script: file("js"),
    style: file("css"),
    cspSource: webview.cspSource,
    nonce: randomBytes(18).toString("base64"),
  });
}

export interface PageParts {
  /** Addresses. */
  readonly script: string;
  readonly style: string;
  /** Where styles come from, as a source of a content security policy. */
  readonly cspSource: string;
  /** Unguessable, and another for every document. */
  readonly nonce: string;
}

/** The document with its policy, from addresses and tokens that hold no quotes. */
export function pageHtml({ script, style, cspSource, nonce }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    // A picture to be exported is drawn from an SVG of our own making.
    // Pictures of inversions are files.
    `img-src data: ${cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="${style}">
</head>
<body>
<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}

function pagesOf(extensionUri: vscode.Uri): vscode.Uri {
  return extensionUri.with({ path: `${extensionUri.path}/dist/webview` });
}
