// Looks through the camera until it reads a code. The browser's own reader where there is one,
// else frames go to `decodeUrl`, which answers {"text": "…"} or {"text": null}.
const canDetect = () => "BarcodeDetector" in window;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function cameraIsPossible(decodeUrl) {
  return Boolean(navigator.mediaDevices?.getUserMedia && (canDetect() || decodeUrl));
}

async function detectHere(video, detector) {
  const codes = await detector.detect(video);
  return codes.length ? codes[0].rawValue : null;
}

async function detectThere(video, decodeUrl) {
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, 800 / (video.videoWidth || 800));
  canvas.width = video.videoWidth * scale;
  canvas.height = video.videoHeight * scale;
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const frame = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.7));
  const token = document.querySelector("meta[name=csrf-token]")?.content || "";
  const answer = await fetch(decodeUrl, {
    method: "POST", body: frame, headers: { "Content-Type": "image/jpeg", "X-CSRFToken": token },
  });
  return answer.ok ? (await answer.json()).text || null : null;
}

export async function readCode(video, { decodeUrl, signal }) {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment", width: { ideal: 1280 } },
  });
  try {
    video.srcObject = stream;
    await video.play();
    const detector = canDetect() ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
    while (!signal.aborted) {
      const text = detector ? await detectHere(video, detector) : await detectThere(video, decodeUrl);
      if (text) return text;
      await pause(detector ? 120 : 350);
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}
