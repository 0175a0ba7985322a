// The picture on paper: light, of a width of its own, and as it was afterwards.

const PRINT_WIDTH = 1040;
const PRINT_LANE_HEIGHT = 74;

function listenToPrinter(timeline) {
  let themeBefore;
  window.addEventListener("beforeprint", () => {
    timeline.printing = true;
    themeBefore = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    timeline.recolour();
    timeline.hover = null;
    timeline.draw();
    timeline.stage.style.aspectRatio = `${timeline.layout.width} / ${timeline.layout.height}`;
    timeline.overview.canvas.style.height = "";
  });
  window.addEventListener("afterprint", () => {
    timeline.printing = false;
    timeline.stage.style.aspectRatio = "";
    if (themeBefore) document.documentElement.dataset.theme = themeBefore;
    else delete document.documentElement.dataset.theme;
    timeline.recolour();
    timeline.draw();
  });
}
