// Two short sounds that differ in direction, not only in pitch: up is done, down is not yet.
const TONES = { done: [660, 880], wait: [330, 233] };

function muted() {
  try {
    return localStorage.getItem("regulars.mute") === "1";
  } catch {
    return false;
  }
}

export function play(kind) {
  const tones = TONES[kind];
  if (!tones || muted() || !window.AudioContext) return;
  try {
    const audio = new AudioContext();
    tones.forEach((pitch, index) => {
      const start = audio.currentTime + index * 0.13;
      const voice = audio.createOscillator();
      const volume = audio.createGain();
      voice.frequency.value = pitch;
      voice.type = kind === "done" ? "sine" : "triangle";
      volume.gain.setValueAtTime(0.0001, start);
      volume.gain.exponentialRampToValueAtTime(0.25, start + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.16);
      voice.connect(volume).connect(audio.destination);
      voice.start(start);
      voice.stop(start + 0.18);
    });
    setTimeout(() => audio.close(), 900);
  } catch {
    // A browser that wants a touch first stays silent; the screen has said it already.
  }
}
