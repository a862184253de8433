// The pad's elements; `controls.js` finds them and adds the texts.

export const skeleton = `
<div class="pad" data-testid="drawing-pad">
  <div class="pad-sheet">
    <canvas class="pad-canvas" role="application" tabindex="0" aria-describedby="pad-help" data-seq="0"></canvas>
    <p class="pad-hint" data-text="hint" aria-hidden="true"></p>
    <span class="pad-ring" aria-hidden="true"></span>
    <p class="pad-drop" data-text="drop" aria-hidden="true"></p>
  </div>
  <p id="pad-help" class="unseen" data-text="help"></p>
  <p class="unseen pad-said" role="status"></p>
  <div class="pad-row">
    <div role="group" class="pad-choice" data-label="tools">
      <button type="button" data-tool="pen" data-title="pen_keys" aria-pressed="true">
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 13l.7-2.9 7.1-7.1a1.55 1.55 0 0 1 2.2 2.2l-7.1 7.1zM9.4 4.4l2.2 2.2"/></svg>
        <b data-text="pen"></b></button>
      <button type="button" data-tool="eraser" data-title="eraser_keys" aria-pressed="false">
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6.3 13.2h7M8.9 13.2H5.6L2.9 10.5a1.4 1.4 0 0 1 0-2l5.4-5.4a1.4 1.4 0 0 1 2 0l2.7 2.7a1.4 1.4 0 0 1 0 2zM5.7 5.7l4.7 4.7"/></svg>
        <b data-text="eraser"></b></button>
    </div>
    <div role="group" class="pad-choice pad-widths" data-label="widths">
      <button type="button" data-width="0.06" data-title="thin" data-label="thin" aria-pressed="false"><i></i></button>
      <button type="button" data-width="0.09" data-title="medium" data-label="medium" aria-pressed="true"><i></i></button>
      <button type="button" data-width="0.13" data-title="thick" data-label="thick" aria-pressed="false"><i></i></button>
    </div>
  </div>
  <div class="pad-row">
    <button type="button" data-do="undo" data-title="undo_keys">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5.8 3.2L2.8 6.2l3 3M3.2 6.2h6.2a3.6 3.6 0 0 1 0 7.2H6.6"/></svg>
      <b data-text="undo"></b></button>
    <button type="button" data-do="redo" data-title="redo_keys">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M10.2 3.2l3 3-3 3M12.8 6.2H6.6a3.6 3.6 0 0 0 0 7.2h2.8"/></svg>
      <b data-text="redo"></b></button>
    <button type="button" data-do="clear" data-title="clear_keys">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4"/></svg>
      <b data-text="clear"></b></button>
  </div>
  <div class="pad-row">
    <div class="pad-random">
      <button type="button" data-do="random" data-title="random_title">
        <svg viewBox="0 0 16 16" aria-hidden="true"><rect x="2.8" y="2.8" width="10.4" height="10.4" rx="2.4"/><path class="pad-pips" d="M5.8 5.8h0M10.2 5.8h0M8 8h0M5.8 10.2h0M10.2 10.2h0"/></svg>
        <b data-text="random"></b></button>
      <button type="button" data-do="hard" data-title="hard_title"><b data-text="hard"></b></button>
      <select data-label="class" data-title="class"></select>
    </div>
    <button type="button" data-do="upload" data-title="upload_title">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 10.4V3M5 5.8l3-3 3 3M2.8 10.6v1.4a1.4 1.4 0 0 0 1.4 1.4h7.6a1.4 1.4 0 0 0 1.4-1.4v-1.4"/></svg>
      <b class="unseen" data-text="upload"></b></button>
    <input type="file" accept="image/*,.heic,.heif,.avif" hidden>
  </div>
  <p class="pad-error" role="alert"></p>
  <div class="pad-several" hidden>
    <p role="status"></p>
    <div role="group" data-label="several_label"></div>
  </div>
  <p class="pad-caption"></p>
  <p class="pad-slow" hidden></p>
</div>
`;
