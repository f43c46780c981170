// Makes the report's tables searchable, sortable and short. Without it all of them stand in full.
"use strict";
(() => {
  const PAGE = 50;
  const byId = (id) => document.getElementById(id);
  const make = (tag, attributes = {}, text = "") => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.textContent = text;
    return element;
  };

  // One table's body or one list of findings: keeps all items, puts one page of them on the page.
  class List {
    constructor(host) {
      this.host = host;
      this.items = [...host.children].map((element) => ({
        element,
        about: new Set((element.dataset.about || "").split(" ")),
        text: null,
      }));
      this.shown = this.items;
      this.page = 0;
      this.block = host.closest(".block");
      this.section = host.closest("section");
      this.counter = this.block.querySelector(".total");
      this.none = make("p", { className: "none", hidden: true }, "Nothing here matches.");
      this.block.append(this.none);
      if (this.items.length > PAGE) this.addPager();
    }

    addPager() {
      this.back = make("button", { type: "button" }, "Previous");
      this.on = make("button", { type: "button" }, "Next");
      this.range = make("span");
      this.pager = make("nav", { className: "pager" });
      this.pager.setAttribute("aria-label", `Pages of ${this.block.dataset.title}`);
      this.pager.append(this.back, this.range, this.on);
      this.back.addEventListener("click", () => this.turn(-1));
      this.on.addEventListener("click", () => this.turn(1));
      this.block.append(this.pager);
    }

    turn(by) {
      this.page += by;
      this.render();
      const top = this.block.getBoundingClientRect().top;
      if (top < 0) this.block.scrollIntoView({ block: "start" });
    }

    filter(words, only) {
      this.shown = this.items.filter((item) => {
        if (only && !item.about.has(only)) return false;
        item.text ??= item.element.textContent.toLowerCase();
        return words.every((word) => item.text.includes(word));
      });
      this.page = 0;
      this.render();
    }

    sort(column, descending) {
      const value = (item) => {
        const cell = item.element.cells[column];
        return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
      };
      const order = new Intl.Collator("en", { numeric: true });
      const compare = (a, b) => (typeof a === "number" ? a - b : order.compare(a, b));
      const keyed = this.items.map((item) => [value(item), item]);
      keyed.sort(([a], [b]) => (descending ? compare(b, a) : compare(a, b)));
      this.items = keyed.map(([, item]) => item);
      const shown = new Set(this.shown);
      this.shown = this.items.filter((item) => shown.has(item));
      this.page = 0;
      this.render();
    }

    reveal(element) {
      const place = this.shown.findIndex((item) => item.element === element);
      this.page = Math.floor(place / PAGE);
      this.render();
    }

    render(all = false) {
      const start = all ? 0 : this.page * PAGE;
      const end = all ? this.shown.length : start + PAGE;
      const rows = this.shown.slice(start, end).map((item) => item.element);
      this.host.replaceChildren(...rows);
      this.none.hidden = rows.length > 0;
      if (this.counter) {
        const part = this.shown.length < this.items.length;
        this.counter.textContent = `${part ? `${this.shown.length} of ` : ""}${this.items.length}`;
      }
      if (!this.pager) return;
      this.pager.hidden = all || this.shown.length <= PAGE;
      this.back.disabled = this.page === 0;
      this.on.disabled = end >= this.shown.length;
      this.range.textContent =
        `${start + 1} to ${Math.min(end, this.shown.length)} of ${this.shown.length}`;
    }
  }

  const lists = [...document.querySelectorAll("[data-list]")].map((host) => new List(host));
  const search = byId("search");
  const chip = byId("only");
  const status = byId("status");
  const picture = document.querySelector("svg.flow");
  let only = "";

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    lists.forEach((list) => list.filter(words, only));
    const filtered = words.length > 0 || only;
    const counts = new Map();
    lists.forEach(({ section, shown }) => {
      counts.set(section.id, (counts.get(section.id) || 0) + shown.length);
    });
    counts.forEach((count, id) => {
      const place = document.querySelector(`.contents a[href="#${id}"] .count`);
      if (place) place.textContent = count;
    });
    const total = lists.reduce((sum, list) => sum + list.shown.length, 0);
    status.textContent = filtered ? `${total} ${total === 1 ? "row matches" : "rows match"}` : "";
    chip.hidden = !only;
    chip.textContent = only ? `Only ${only}: show all again` : "";
  };

  const light = (id) => {
    if (!picture) return;
    picture.classList.toggle("lit", Boolean(id));
    const on = new Set([id]);
    picture.querySelectorAll(".edge").forEach((edge) => {
      const touches = edge.dataset.from === id || edge.dataset.to === id;
      edge.classList.toggle("on", touches);
      if (touches) on.add(edge.dataset.from).add(edge.dataset.to);
    });
    picture.querySelectorAll(".node").forEach((node) => {
      node.classList.toggle("on", on.has(node.dataset.node));
    });
  };

  const follow = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const found = id && lists
      .map((list) => [list, list.items.find((item) => item.element.id === id)])
      .find(([, item]) => item);
    if (!found) return;
    search.value = "";
    only = "";
    apply();
    const [list, { element }] = found;
    list.reveal(element);
    document.querySelectorAll(".found").forEach((one) => one.classList.remove("found"));
    element.classList.add("found");
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "center" });
  };

  document.querySelectorAll("thead th").forEach((head) => {
    const list = lists.find((one) => one.host === head.closest("table").tBodies[0]);
    const button = make("button", { type: "button" });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      head.parentElement.querySelectorAll("[aria-sort]").forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      list.sort(head.cellIndex, descending);
    });
  });

  search.addEventListener("input", apply);
  chip.addEventListener("click", () => {
    only = "";
    apply();
    search.focus();
  });
  if (picture) {
    picture.querySelectorAll("[data-only]").forEach((node) => {
      node.addEventListener("click", (event) => {
        event.preventDefault();
        only = only === node.dataset.only ? "" : node.dataset.only;
        apply();
      });
    });
    const over = (event) => light(event.target.closest(".node")?.dataset.node);
    picture.addEventListener("mouseover", over);
    picture.addEventListener("focusin", over);
    picture.addEventListener("mouseleave", () => light(undefined));
    picture.addEventListener("focusout", () => light(undefined));
  }
  window.addEventListener("hashchange", follow);
  window.addEventListener("beforeprint", () => {
    lists.forEach((list) => list.render(true));
    document.querySelectorAll("details").forEach((one) => { one.open = true; });
  });
  window.addEventListener("afterprint", () => {
    lists.forEach((list) => list.render());
    document.querySelectorAll("details").forEach((one) => { one.open = false; });
  });
  document.querySelectorAll(".scripted").forEach((one) => { one.hidden = false; });
  lists.forEach((list) => list.render());
  follow();
})();
