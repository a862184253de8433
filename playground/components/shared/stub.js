const house = (globalThis[Symbol.for("cnn-playground")] ??= { parts: {}, waiting: {}, mounted: {}, arrivals: new EventTarget() });
const instances = new WeakMap();

function mount(root) {
  const instance = { component: null, given: null, fresh: null, cleanup: null, sheet: null, waiting: false, gone: false };
  instance.show = () => {
    if (instance.gone) return;
    const part = house.parts[NAME];
    if (instance.sheet !== part.sheet) {
      instance.cleanup?.(); // of code that was sent before this one
      instance.sheet = part.sheet;
      root.getRootNode().adoptedStyleSheets = [part.sheet];
      root.replaceChildren(...part.skeleton());
    }
    instance.given ??= house.unpack(instance.component.data);
    const { given, fresh } = instance;
    if (fresh && !(fresh.ticket === given.ticket && fresh.seq > given.seq)) instance.fresh = null;
    const data = { text: part.text, ...given, ...instance.fresh };
    instance.cleanup = part.render({ ...instance.component, data }) ?? instance.cleanup;
    instance.waiting = false;
  };
  // Newer values of the same board that came over the live route, see short_way.js.
  instance.receive = (fresh) => {
    instance.fresh = fresh;
    if (house.parts[NAME] && instance.given) instance.show();
  };
  (house.mounted[NAME] ??= new Set()).add(instance);
  instances.set(root, instance);
  house.arrivals.dispatchEvent(new Event("arrival"));
  return instance;
}

export default function (component) {
  const root = component.parentElement;
  const instance = instances.get(root) ?? mount(root);
  if (instance.component?.data !== component.data) instance.given = null;
  instance.component = component;
  if (house.parts[NAME]) {
    instance.show();
  } else if (!instance.waiting) {
    instance.waiting = true;
    (house.waiting[NAME] ??= []).push(instance.show);
  }
  return () => {
    instance.gone = true;
    instance.cleanup?.();
    house.mounted[NAME].delete(instance);
    instances.delete(root);
  };
}
