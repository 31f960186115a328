// A button that prints the page, for browsers that run scripts.
const print = document.getElementById("print");
print.hidden = false;
print.addEventListener("click", () => window.print());
