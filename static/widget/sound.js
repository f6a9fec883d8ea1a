// Two soft notes, made here: nothing is fetched. Of several tabs one rings.
let context;

export function ring() {
  if (!navigator.locks) return play();
  navigator.locks.request("parley-sound", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    play();
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }).catch(() => {});
}

function play() {
  try {
    context ||= new AudioContext();
    [587, 784].forEach((pitch, at) => note(pitch, context.currentTime + at * 0.13));
  } catch { /* no sound device, or not allowed */ }
}

function note(frequency, at) {
  const tone = new OscillatorNode(context, { frequency });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.09, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.4);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.45);
}
