// The HTTP calls and the visitor's session. A session is made only when there is something to send; a token the server
// no longer takes (401, 404) is renewed once and the call repeated.
import { read, write } from "./host.js";
import { say, texts } from "./look.js";

const PATIENCE = 20000;
const UPLOAD_PATIENCE = 300000;
let base;
let websiteToken;
let starting;
let onRenewed = () => {};
let onFirst = () => {};

export function openApi(config, renewed) {
  base = config.api_base;
  websiteToken = config.website_token;
  onRenewed = renewed;
}

// status 0: the server was not reached. retryAfter in seconds.
export class ApiError extends Error {
  constructor(status, message, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
  get temporary() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export const token = () => read("token");

export function session() {
  return token() ? Promise.resolve(token()) : renew();
}

export function renew() {
  starting ||= startSession().finally(() => (starting = null));
  return starting;
}

async function startSession() {
  const before = token();
  const answer = await call("POST", "config", { body: {} });
  const fresh = answer.website_channel_config.auth_token;
  write("token", fresh);
  if (before && fresh !== before) onRenewed();
  // What the page has said of its visitor is said before they say anything.
  await onFirst();
  return fresh;
}

export const beforeMessages = (work) => (onFirst = work);

export function adopt(fresh) {
  write("token", fresh);
  onRenewed();
}

export async function request(method, path, options = {}) {
  const used = await session();
  try {
    return await call(method, path, options);
  } catch (error) {
    if (error.status !== 401 && error.status !== 404) throw error;
    if (token() === used) await renew();
    return call(method, path, options);
  }
}

export const forgetSession = () => write("token", null);

function address(path, query) {
  const url = new URL(`${base}/${path}`, location.href);
  url.search = new URLSearchParams({ website_token: websiteToken, ...query });
  return url;
}

export async function call(method, path, { query, body, form, progress, keepalive } = {}) {
  const headers = token() ? { "X-Auth-Token": token() } : {};
  if (form) return upload(address(path, query), headers, form, progress);
  if (body) headers["Content-Type"] = "application/json";
  const signal = AbortSignal.timeout(PATIENCE);
  const url = address(path, query);
  let answer, text;
  try {
    answer = await fetch(url, { method, headers, body: body && JSON.stringify(body), signal, keepalive, credentials: "omit", cache: "no-store" });
    text = await answer.text();
  } catch {
    throw new ApiError(0, "");
  }
  return judge(answer.status, text, answer.headers.get("Retry-After"));
}

// fetch tells nothing about how much of a body has left; XMLHttpRequest does.
function upload(url, headers, form, progress) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", url);
    for (const name in headers) call.setRequestHeader(name, headers[name]);
    call.timeout = UPLOAD_PATIENCE;
    call.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    call.onloadend = () => {
      try {
        if (!call.status) throw new ApiError(0, "");
        resolve(judge(call.status, call.responseText, call.getResponseHeader("Retry-After")));
      } catch (error) {
        reject(error);
      }
    };
    call.send(form);
  });
}

function judge(status, text, retryAfter) {
  let body = null;
  try {
    body = text ? JSON.parse(text) : {};
  } catch { /* a proxy's page */ }
  if (status < 300 && body) return body;
  const told = body?.message || body?.error;
  const reason = typeof told === "string" ? told : texts[`error_${status}`] || say("error_other", { status });
  throw new ApiError(status < 300 ? 502 : status, reason, Number(retryAfter) || 0);
}
