// A worker that reads QR codes where the browser has no BarcodeDetector.
/* global ZXingWASM */

importScripts("zxing-reader.js");

const OPTIONS = { formats: ["QRCode"], maxNumberOfSymbols: 1, textMode: "Plain" };
ZXingWASM.prepareZXingModule({
  overrides: { locateFile: () => new URL("zxing-reader.wasm", self.location.href).href },
});

self.onmessage = async ({ data: picture }) => {
  let text = null;
  try {
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const drawing = canvas.getContext("2d", { willReadFrequently: true });
    drawing.drawImage(picture, 0, 0);
    picture.close();
    const pixels = drawing.getImageData(0, 0, canvas.width, canvas.height);
    const [found] = await ZXingWASM.readBarcodes(pixels, OPTIONS);
    text = found?.isValid ? found.text : null;
  } catch (error) {
    console.error(error); // The next picture may be better.
  }
  self.postMessage(text);
};
