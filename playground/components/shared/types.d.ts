// Types that the components share; those of one module stand in it.

/** Texts by key, see playground/text. */
export type Words = Record<string, string>;

/** What Streamlit hands over with each new value, with `data` unpacked by `mount.js`. */
export interface Component<Data> {
  name: string;
  key: string;
  data: Data;
  parentElement: ShadowRoot;
  setStateValue(name: string, value: unknown): void;
  setTriggerValue(name: string, value: unknown): void;
}

/** What a component's module exports. */
export interface ComponentModule {
  /** HTML to begin with, static. */
  skeleton?: string;
  /** Called with each new value; may return a cleanup. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement is one as well
  render(component: Component<object>): (() => void) | undefined | void;
}
