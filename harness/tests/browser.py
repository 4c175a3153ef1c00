# SPDX-License-Identifier: GPL-2.0-only
"""Chromium without a window, as the tests and harness/pages/make look at pages."""
import base64
import importlib.util
import os

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"


def missing():
    """What is not there, or nothing."""
    programs = [path for path in (CHROMIUM, DRIVER) if not os.access(path, os.X_OK)]
    return programs + ["selenium"] * (not importlib.util.find_spec("selenium"))


class Browser:
    """One window; use it in a with statement."""

    def __init__(self, profile):
        # Without it, too, somebody may ask what is missing.
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        # No sandbox as root, which CI is; no /dev/shm in many containers.
        for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--hide-scrollbars", "--force-color-profile=srgb", "--disable-extensions",
                     "--disable-background-networking", "--user-data-dir=" + profile):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def look(self, width, dark, height=900, scale=1):
        """As on a screen of this width, by day or by night."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                     deviceScaleFactor=scale, mobile=width < 600)
        self.command("Emulation.setEmulatedMedia", media="screen", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, path):
        self.driver.get("file://" + os.path.abspath(path))

    def ask(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def messages(self):
        """What the browser complained about."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def screenshot(self, path, height=None):
        """The page from its top, whole unless a height is given."""
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"],
                "scale": 1}
        shot = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                            clip=clip)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def paper(self, path):
        """The page as PDF, as a printer gets it."""
        pdf = self.command("Page.printToPDF", printBackground=False, paperWidth=8.27,
                           paperHeight=11.69)
        with open(path, "wb") as file:
            file.write(base64.b64decode(pdf["data"]))
