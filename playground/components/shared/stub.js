const house = (globalThis[Symbol.for("cnn-playground")] ??= { parts: {}, waiting: {} });
const instances = new WeakMap();

/** The block that `assembly.pack` made, as an object. */
function unpack(block) {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const end = 4 + view.getUint32(0, true);
  const [data, sizes] = JSON.parse(new TextDecoder().decode(block.subarray(4, end)));
  let offset = end;
  for (const [key, size] of Object.entries(sizes)) {
    // A copy, because a Float32Array needs an offset that is a multiple of 4.
    data[key] = block.slice(offset, offset + size);
    offset += Math.ceil(size / 4) * 4;
  }
  return data;
}

export default function (component) {
  const root = component.parentElement;
  const instance = instances.get(root) ?? {};
  instances.set(root, instance);
  instance.component = component;
  const show = () => {
    const part = house.parts[NAME];
    if (instance.sheet !== part.sheet) {
      instance.sheet = part.sheet;
      root.getRootNode().adoptedStyleSheets = [part.sheet];
    }
    const { data } = instance.component;
    const latest = { ...instance.component, data: { text: part.text, ...unpack(data) } };
    instance.cleanup = part.render(latest) ?? instance.cleanup;
    instance.waiting = false;
  };
  if (house.parts[NAME]) {
    show();
  } else if (!instance.waiting) {
    instance.waiting = true;
    (house.waiting[NAME] ??= []).push(show);
  }
  return () => {
    instance.cleanup?.();
    instances.delete(root);
  };
}
