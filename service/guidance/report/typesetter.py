"""A process that sets one document with typst: it reads an order from standard input, and writes the PDF.

typst keeps what it set, 25 MB for a report, for the next ones. A process of its own gives that back, and text that
would hold typst for long, or bring it down, touches nothing else. The order is JSON: ``template``, ``inputs`` and
``timestamp``; nothing of it stands in an argument, a file or a message.
"""

import json
import sys


def main() -> None:
    """Set the document of the order. Ends with another exit code than 0 when it can't be set."""
    import typst

    order = json.load(sys.stdin)
    written: bytes = typst.compile(
        order["template"].encode(),
        # With the fonts of a machine the bytes would differ from one to the next.
        font_paths=typst.Fonts(include_system_fonts=False),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=order["inputs"],
        pdf_standards=["ua-1"],
        timestamp=order["timestamp"],
    )
    sys.stdout.buffer.write(written)


if __name__ == "__main__":
    main()
