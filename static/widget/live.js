// The socket. It offers the newest number it has seen on every reconnect; what was missed is replayed or, after
// "reset", fetched by the caller. A silent socket is given up.
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 20000;
const SILENCE = 45000;
const HANDSHAKE = 10000;
const REPLAY = 10000;
const HIDDEN = 5 * 60000;

export function openLive({ url, hello, onFrame, onSync, onState, onRefused }) {
  let socket = null;
  let wanted = false;
  let welcomed = false;
  let cursor = null; // offered on reconnect
  let tries = 0;
  let heard = 0;
  let greeted = 0;
  let timer;
  let hidden;

  function connect() {
    if (!wanted || socket || !navigator.onLine) return;
    clearTimeout(timer);
    const mine = (socket = new WebSocket(url));
    welcomed = false;
    heard = Date.now();
    mine.onopen = () => mine.send(JSON.stringify({ type: "hello", ...hello(), cursor }));
    mine.onmessage = (event) => mine === socket && receive(JSON.parse(event.data));
    mine.onclose = (event) => mine === socket && closed(event.code);
  }

  function receive(frame) {
    heard = Date.now();
    const { type, seq } = frame;
    if (type === "welcome") welcome(seq);
    else if (type === "reset") begin(seq, true);
    else if (type === "resync") again();
    else if (type === "heartbeat") beat(seq);
    else take(frame);
  }

  // After a cursor the replay follows: the welcome's own number must not skip it.
  function welcome(seq) {
    tries = 0;
    welcomed = true;
    greeted = heard;
    onState(true);
    if (cursor === null) begin(seq, false);
  }

  // Nothing is replayed here: the caller fetches what it lacks; after a reset, all.
  function begin(seq, whole) {
    cursor = seq;
    onSync(whole);
  }

  // All up to this number has been delivered, unless a replay is still on its way. The server ends a connection that
  // never answers.
  function beat(seq) {
    if (Date.now() - greeted > REPLAY) cursor = Math.max(cursor, seq);
    send({ type: "ping" });
  }

  // What is not in the feed (typing) has no number and moves no cursor.
  function take(frame) {
    if (frame.seq) cursor = Math.max(cursor, frame.seq);
    onFrame(frame);
  }

  function send(frame) {
    if (welcomed && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  function drop() {
    const old = socket;
    socket = null;
    if (old) old.close();
  }

  function again() {
    drop();
    connect();
  }

  function closed(code) {
    socket = null;
    onState(false);
    if (code >= 4401 && code <= 4404) onRefused(code);
    else later();
  }

  function later() {
    const pause = Math.min(FIRST_PAUSE * 2 ** tries++, LONGEST_PAUSE);
    clearTimeout(timer);
    timer = setTimeout(connect, pause * (0.5 + Math.random() / 2));
  }

  function wake() {
    clearTimeout(hidden);
    if (document.hidden) return;
    if (socket && Date.now() - heard > SILENCE) drop();
    connect();
  }

  function watch() {
    if (!socket || Date.now() - heard < (welcomed ? SILENCE : HANDSHAKE)) return;
    drop();
    onState(false);
    later();
  }

  setInterval(watch, 5000);
  addEventListener("online", wake);
  addEventListener("focus", wake);
  addEventListener("pageshow", wake);
  // An open socket would keep the host page out of the back/forward cache.
  addEventListener("pagehide", drop);
  addEventListener("offline", () => {
    drop();
    onState(false);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hidden = setTimeout(drop, HIDDEN);
    else wake();
  });

  return {
    start() {
      wanted = true;
      connect();
    },
    stop() {
      wanted = false;
      clearTimeout(timer);
      drop();
    },
    // A new session has streams of its own: the old number means nothing there.
    restart() {
      cursor = null;
      wanted = true;
      drop();
      later();
    },
    send,
  };
}
