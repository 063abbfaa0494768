import { registerHooks } from "node:module";

/**
 * As much of the vscode API as the host's parts need to be tested without an editor. Importing this file makes every
 * later `import … from "vscode"` give the fake, so that what is under test has to be imported afterwards, by `await
 * import(…)`.
 */

type Listener<T> = (value: T) => unknown;

class EventEmitter<T> {
  readonly #listeners = new Set<Listener<T>>();
  readonly event = (listener: Listener<T>): Disposable => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };
  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

class Disposable {
  readonly #end: () => unknown;
  constructor(end: () => unknown) {
    this.#end = end;
  }
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const one of all) one.dispose();
    });
  }
  dispose(): void {
    this.#end();
  }
}

class Uri {
  readonly scheme: string;
  readonly path: string;
  constructor(scheme: string, path: string) {
    this.scheme = scheme;
    this.path = path;
  }
  static file(path: string): Uri {
    return new Uri("file", path);
  }
  static parse(text: string): Uri {
    const url = new URL(text);
    return new Uri(url.protocol.slice(0, -1), decodeURIComponent(url.pathname));
  }
  static joinPath(uri: Uri, ...parts: string[]): Uri {
    return new Uri(uri.scheme, new URL([uri.path, ...parts].join("/"), "file:///").pathname.replace(/(?<=.)\/$/, ""));
  }
  get fsPath(): string {
    return this.path;
  }
  with({ path }: { path: string }): Uri {
    return new Uri(this.scheme, path);
  }
  toString(): string {
    return `${this.scheme}://${encodeURI(this.path)}`;
  }
}

class TabInputCustom {
  readonly uri: Uri;
  readonly viewType: string;
  constructor(uri: Uri, viewType: string) {
    this.uri = uri;
    this.viewType = viewType;
  }
}

const renamed = new EventEmitter<unknown>();

/** What the fake was asked, and what it is to answer. A test sets it up anew with {@link reset}. */
export interface Stage {
  settings: Map<string, unknown>;
  isTrusted: boolean;
  /** Paths that `fs.stat` finds. */
  files: Set<string>;
  /** Ids of `executeCommand`, with their arguments. */
  executed: [id: string, ...args: unknown[]][];
  /** What messages said. */
  messages: string[];
  /** The button that a message is answered with. */
  answer: string | undefined;
  /** Watchers in use, by the pattern. */
  watchers: { pattern: string; created: EventEmitter<unknown>; deleted: EventEmitter<unknown> }[];
  /** The status bar item's text; `undefined` while it is hidden. */
  statusText: string | undefined;
  clipboard: string;
  activeInput: unknown;
  /** Ids of what was registered. */
  registered: Record<Registration, string[]>;
  /** Settings that were read. */
  read: Set<string>;
  /** Commands by id. */
  commands: Map<string, (...args: unknown[]) => unknown>;
  /** Notifications with progress that are there now, by title, with what cancels them. */
  notifications: Map<string, () => void>;
  /** Tools for agents, by name. */
  tools: Map<string, unknown>;
  /** What quick picks are given to choose from; each is answered with all. */
  picked: string[][];
  /** What `findFiles` finds. */
  found: Uri[];
}

type Registration = "customEditors" | "views" | "panels" | "tools";

export const stage: Stage = emptyStage();

export function reset(changes: Partial<Stage> = {}): void {
  Object.assign(stage, emptyStage(), changes);
}

function emptyStage(): Stage {
  return {
    settings: new Map(),
    isTrusted: true,
    files: new Set(),
    executed: [],
    messages: [],
    answer: undefined,
    watchers: [],
    statusText: undefined,
    clipboard: "",
    activeInput: undefined,
    registered: { customEditors: [], views: [], panels: [], tools: [] },
    read: new Set(),
    commands: new Map(),
    notifications: new Map(),
    tools: new Map(),
    picked: [],
    found: [],
  };
}

/** Tells whoever follows renames. */
export function rename(from: string, to: string): void {
  renamed.fire({ files: [{ oldUri: Uri.file(from), newUri: Uri.file(to) }] });
}

/** A workspace's memory, without a disk. */
export class FakeMemento {
  readonly #values = new Map<string, unknown>();
  get<T>(key: string, otherwise?: T): T {
    return (this.#values.has(key) ? this.#values.get(key) : otherwise) as T;
  }
  async update(key: string, value: unknown): Promise<void> {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, structuredClone(value));
  }
  keys(): readonly string[] {
    return [...this.#values.keys()];
  }
}

function register(kind: Registration): (id: string) => Disposable {
  return (id) => {
    stage.registered[kind].push(id);
    return new Disposable(() => {});
  };
}

/** A quick pick whose user takes everything. */
class EagerPick {
  items: readonly { readonly label: string }[] = [];
  readonly #accepted = new EventEmitter<void>();
  readonly onDidAccept = this.#accepted.event;
  readonly onDidHide = new EventEmitter<void>().event;
  readonly onDidTriggerButton = new EventEmitter<unknown>().event;
  get selectedItems(): readonly unknown[] {
    return this.items;
  }
  show(): void {
    stage.picked.push(this.items.map(({ label }) => label));
    this.#accepted.fire();
  }
  dispose(): void {}
}

async function say(message: string): Promise<string | undefined> {
  stage.messages.push(message);
  return stage.answer;
}

export const vscode = {
  EventEmitter,
  Disposable,
  Uri,
  TabInputCustom,
  FileDecoration: class {
    readonly badge: string;
    readonly tooltip: string;
    constructor(badge: string, tooltip: string) {
      this.badge = badge;
      this.tooltip = tooltip;
    }
  },
  RelativePattern: class {
    readonly base: Uri;
    readonly pattern: string;
    constructor(base: Uri, pattern: string) {
      this.base = base;
      this.pattern = pattern;
    }
  },
  ThemeIcon: class {
    static readonly File = "file icon";
    readonly id: string;
    constructor(id: string) {
      this.id = id;
    }
  },
  TreeItem: class {
    readonly label: string;
    constructor(label: string) {
      this.label = label;
    }
  },
  StatusBarAlignment: { Left: 1, Right: 2 },
  ProgressLocation: { Notification: 15 },
  l10n: {
    t: (text: string, ...parts: unknown[]) => text.replace(/\{(\d+)\}/g, (_, i) => String(parts[Number(i)])),
  },
  env: {
    language: "en",
    clipboard: {
      writeText: async (text: string) => {
        stage.clipboard = text;
      },
    },
  },
  LanguageModelTextPart: class {
    readonly value: string;
    constructor(value: string) {
      this.value = value;
    }
  },
  LanguageModelToolResult: class {
    readonly content: unknown[];
    constructor(content: unknown[]) {
      this.content = content;
    }
  },
  lm: {
    registerTool: (id: string, tool: unknown) => {
      stage.tools.set(id, tool);
      return register("tools")(id);
    },
  },
  commands: {
    registerCommand: (id: string, obey: (...args: unknown[]) => unknown) => {
      stage.commands.set(id, obey);
      return new Disposable(() => stage.commands.delete(id));
    },
    executeCommand: async (id: string, ...args: unknown[]) => void stage.executed.push([id, ...args]),
  },
  window: {
    showErrorMessage: say,
    showWarningMessage: say,
    showInformationMessage: say,
    get tabGroups() {
      return { activeTabGroup: { activeTab: { input: stage.activeInput } } };
    },
    createStatusBarItem: () => ({
      text: "",
      show() {
        stage.statusText = this.text;
      },
      hide() {
        stage.statusText = undefined;
      },
      dispose() {},
    }),
    withProgress: async ({ title }: { title: string }, task: (progress: unknown, token: unknown) => Promise<void>) => {
      const cancelled = new EventEmitter<void>();
      stage.notifications.set(title, () => cancelled.fire());
      await task({ report: () => {} }, { onCancellationRequested: cancelled.event });
      stage.notifications.delete(title);
    },
    createQuickPick: () => new EagerPick(),
    setStatusBarMessage: (message: string) => void stage.messages.push(message),
    registerFileDecorationProvider: () => new Disposable(() => {}),
    registerCustomEditorProvider: register("customEditors"),
    registerTreeDataProvider: register("views"),
    createTreeView: (id: string) =>
      Object.assign(register("views")(id), {
        visible: false,
        onDidChangeVisibility: new EventEmitter<unknown>().event,
      }),
    registerWebviewPanelSerializer: register("panels"),
    createOutputChannel: () => ({
      info: (line: string) => stage.messages.push(line),
      error: (error: unknown) => stage.messages.push(String(error)),
      show() {},
      dispose() {},
    }),
  },
  workspace: {
    get isTrusted() {
      return stage.isTrusted;
    },
    fs: {
      stat: async (uri: Uri) => {
        if (!stage.files.has(uri.path)) throw new Error("no such file");
      },
    },
    workspaceFolders: [{ uri: Uri.file("/work") }],
    asRelativePath: (uri: Uri) => uri.path.replace(/^\/work\//, ""),
    getConfiguration: (section: string) => ({
      get: (key: string) => {
        stage.read.add(`${section}.${key}`);
        return stage.settings.get(`${section}.${key}`);
      },
    }),
    findFiles: async () => stage.found,
    onDidRenameFiles: renamed.event,
    createFileSystemWatcher: ({ base, pattern }: { base: Uri; pattern: string }) => {
      const watcher = { pattern: `${base.path}/${pattern}`, created: new EventEmitter(), deleted: new EventEmitter() };
      stage.watchers.push(watcher);
      return {
        onDidCreate: watcher.created.event,
        onDidChange: new EventEmitter<unknown>().event,
        onDidDelete: watcher.deleted.event,
        dispose: () => stage.watchers.splice(stage.watchers.indexOf(watcher), 1),
      };
    },
  },
};

const fake = "likeness-fake:vscode";
Object.assign(globalThis, { [fake]: vscode });

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "vscode" ? { url: fake, shortCircuit: true } : next(specifier, context),
  load: (url, context, next) => {
    if (url !== fake) return next(url, context);
    const names = Object.keys(vscode);
    const source = `const fake = globalThis["${fake}"];\n${names.map((name) => `export const ${name} = fake.${name};`).join("\n")}`;
    return { format: "module", source, shortCircuit: true };
  },
});
