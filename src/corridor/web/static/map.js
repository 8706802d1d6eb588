// The map of the page: land, links by mode and use, the route; clicks are sent to the server.
window.corridorMap = (() => {
  const BEYOND = "#ECECEC", WATER = "#DCE9F2", LAND = "#F7F5EF", SHORE = "#A9BFCD", FAINT = "#B4B4B4";
  const WIDEST = 9, THINNEST = 1.2;
  let map, tiles, route, full, waiting;
  const lines = {}, links = {};

  async function start(element, year) {
    map = getElement(element).map;
    map.attributionControl.setPrefix("");
    map.getContainer().style.background = BEYOND;
    map.createPane("land").style.zIndex = 200;
    const answer = await fetch(`api/links?year=${year}`);
    const { links: found, land, places } = await answer.json();
    for (const { kind, line } of land) {
      const style = { pane: "land", interactive: false, weight: 0.8, color: SHORE };
      if (kind === "coast" || kind === "river") L.polyline(line, style).addTo(map);
      else L.polygon(line, { ...style, stroke: false, fill: true, fillOpacity: 1,
                             fillColor: kind === "land" ? LAND : WATER }).addTo(map);
    }
    for (const link of found) {
      links[link.id] = link;
      lines[link.id] = L.polyline(link.line, { color: link.colour, weight: THINNEST, bubblingMouseEvents: false })
        .on("click", () => emitEvent("open", { id: link.id }))
        .bindTooltip(link.name, { sticky: true })
        .addTo(map);
      lines[link.id].getElement()?.setAttribute("tabindex", "-1");  // the select field serves the keyboard
    }
    for (const [i, place] of places.entries()) name(place, i < 9 ? "place" : "place minor").addTo(map);
    map.fitBounds(most(found));
    map.on("zoomend", () => map.getContainer().classList.toggle("near", map.getZoom() >= 5));
    map.getContainer().classList.toggle("near", map.getZoom() >= 5);
    map.getContainer().dataset.ready = "yes";
    if (waiting) show(waiting);
  }

  function name({ at, name: text }, kind) {
    return L.circleMarker(at, { radius: 3, color: "#222", weight: 1, fillColor: "#fff", fillOpacity: 1, interactive: false })
      .bindTooltip(text, { permanent: true, direction: "right", offset: [4, 0], className: kind });
  }

  // The extent of nearly all links on land: a remote line does not shrink the rest.
  function most(found) {
    const points = found.filter((l) => l.mode !== "sea").flatMap((l) => l.line);
    return [0.03, 0.97].map((share) => [0, 1].map((axis) =>
      points.map((p) => p[axis]).sort((a, b) => a - b)[Math.floor(share * (points.length - 1))]));
  }

  // loads: tonnes and colour by link; closed: ids of links; route: lines of the route.
  function show(state) {
    if (!map || !Object.keys(lines).length) { waiting = state; return; }
    const most = Math.max(1, ...Object.values(state.loads).map((l) => l.t_yr));
    for (const [id, line] of Object.entries(lines)) {
      const load = state.loads[id], link = links[id], isClosed = state.closed.includes(id);
      const width = load ? Math.max(THINNEST, WIDEST * load.t_yr / most) : THINNEST;
      line.setStyle({
        color: isClosed ? "#000000" : state.by === "mode" ? link.colour : load ? load.colour : FAINT,
        weight: isClosed ? 3 : width,
        dashArray: isClosed ? "2 6" : link.operates ? null : "4 4",
        opacity: state.by === "mode" || load || isClosed ? 0.9 : 0.7,
      });
      const tonnes = load ? ` · ${(load.t_yr / 1e6).toFixed(2)} Mt a year` : "";
      const use = load && load.use !== null ? ` · ${Math.round(100 * load.use)} % of free capacity` : "";
      line.setTooltipContent(`${link.name}${tonnes}${use}${isClosed ? " · closed" : ""}`);
    }
    if (full) full.remove();
    full = L.layerGroup(state.full.map(({ at, name: text }) =>
      L.circleMarker(at, { radius: 5, color: "#D55E00", weight: 2, fillColor: "#fff", fillOpacity: 1 })
        .bindTooltip(`at capacity: ${text}`))).addTo(map);
    full.eachLayer((dot) => dot.getElement()?.setAttribute("tabindex", "-1"));
    if (route) route.remove();
    route = L.layerGroup(state.route.flatMap((leg) => [
      L.polyline(leg.line, { color: "#FFFFFF", weight: 8, opacity: 0.9, interactive: false }),
      L.polyline(leg.line, { color: "#CC0079", weight: 4, interactive: false, className: "corridor-route" }),
    ])).addTo(map);
    for (const end of state.ends) route.addLayer(name(end, "place end"));
    const shape = L.latLngBounds(state.route.flatMap((leg) => leg.line));
    if (shape.isValid() && !map.getBounds().contains(shape)) map.fitBounds(map.getBounds().extend(shape));
    map.getContainer().dataset.shown = state.number;
  }

  function setTiles(wanted) {
    if (tiles) { tiles.remove(); tiles = undefined; }
    if (wanted) tiles = L.tileLayer("https://tile.openstreetmap.org/{z}/{x}/{y}.png", {
      attribution: "© OpenStreetMap contributors", pane: "land" }).addTo(map);
  }

  // Any number with data-why opens its sources, by mouse and by keyboard.
  document.addEventListener("click", (event) => {
    const number = event.target.closest("[data-why]");
    if (number) emitEvent("open", { id: number.dataset.why, field: number.dataset.field ?? null });
  });

  return { start, show, setTiles };
})();
