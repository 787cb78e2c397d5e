import { render } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { useHashScroll } from "./useHashScroll";

function Page({ grown }: { grown: number }) {
  useHashScroll(true, grown);
  return <h2 id="health">Health</h2>;
}

afterEach(() => history.replaceState(null, "", "/"));

it("keeps the section of the address in sight while the page grows, until somebody scrolls", () => {
  const scroll = vi.fn();
  Element.prototype.scrollIntoView = scroll;
  history.replaceState(null, "", "/settings#health");
  const { rerender } = render(<Page grown={0} />);
  expect(scroll).toHaveBeenCalledTimes(1);
  rerender(<Page grown={1} />);
  expect(scroll).toHaveBeenCalledTimes(2);
  window.dispatchEvent(new Event("wheel"));
  rerender(<Page grown={2} />);
  expect(scroll).toHaveBeenCalledTimes(2);
  window.dispatchEvent(new Event("pushState"));
  expect(scroll, "a link is followed all the same").toHaveBeenCalledTimes(3);
});
