// Types that several components use; other types are declared in their own module.

/** Texts by key, see playground/text. */
export type Words = Record<string, string>;

/** Argument of Streamlit's call with each new value, with `data` unpacked by `mount.js`. */
export interface Component<Data> {
  name: string;
  key: string;
  data: Data;
  parentElement: ShadowRoot;
  setStateValue(name: string, value: unknown): void;
  setTriggerValue(name: string, value: unknown): void;
}

/** Exports of a component's module. */
export interface ComponentModule {
  /** Initial, static HTML. */
  skeleton?: string;
  /** Called with each new value; may return a function that cleans up. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement is one as well
  render(component: Component<object>): (() => void) | undefined | void;
}
