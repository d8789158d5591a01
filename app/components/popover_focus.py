"""Tab leads from the button of an open popover into it, and from its ends back to the button.

Streamlit 1.67 draws what a popover shows at the end of the document, behind all other fields.
"""

from __future__ import annotations

import streamlit as st

_SCRIPT = """
<script>
(() => {
  if (window.plannerPopoverFocus) return;
  window.plannerPopoverFocus = true;
  const fields = 'a[href], button, input, select, textarea, [tabindex]';
  document.addEventListener('keydown', event => {
    const body = document.querySelector('[data-testid=stPopoverBody]');
    const opener = document.querySelector('[data-testid=stPopoverButton][aria-expanded=true]');
    if (event.key !== 'Tab' || !body || !opener) return;
    // While the focus is elsewhere, what Tab would reach inside has the attribute data-tabindex.
    const inside = [...body.querySelectorAll(fields)].filter(field =>
      (field.tabIndex >= 0 || 'tabindex' in field.dataset)
      && !field.disabled && field.getClientRects().length);
    const now = document.activeElement;
    const end = inside.at(event.shiftKey ? 0 : -1);
    let next = null;
    if (now === opener && !event.shiftKey) next = inside[0];
    if (body.contains(now) && (now === end || !inside.includes(now))) next = opener;
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    next.focus();
  }, true);
})();
</script>
"""


def lead_tab_into_popovers() -> None:
    """Let Tab move into an open popover of this page, and out of it."""
    st.html(_SCRIPT, unsafe_allow_javascript=True)
