# Fits one family with scikit-learn to the rows that a benchmark wrote, and prints seconds of the fit alone and coefficients.
# usage: sklearn_fit.py FAMILY FILE WIDTH; a row is WIDTH float64, the outcome last.
import json, sys, time, warnings
import numpy as np

family, path, width = sys.argv[1], sys.argv[2], int(sys.argv[3])
rows = np.fromfile(path, dtype="<f8").reshape(-1, width)
x, y = np.ascontiguousarray(rows[:, :-1]), rows[:, -1].copy()
warnings.simplefilter("ignore")
if family == "logistic":
    from sklearn.linear_model import LogisticRegression
    m = LogisticRegression(C=1.0, fit_intercept=False, solver="lbfgs", tol=1e-6, max_iter=1000)
elif family == "huber":
    from sklearn.linear_model import HuberRegressor
    m = HuberRegressor(epsilon=1.345, alpha=1e-4, fit_intercept=False, max_iter=1000)
elif family == "map":
    from sklearn.neural_network import MLPRegressor
    m = MLPRegressor((32, 15), activation="relu", solver="adam", batch_size=256, learning_rate_init=3e-3, max_iter=1, random_state=1)
elif family == "tree":
    from sklearn.tree import DecisionTreeClassifier
    m = DecisionTreeClassifier(max_depth=6, random_state=1)
begin = time.perf_counter()
m.fit(x, y)
seconds = time.perf_counter() - begin
coef = np.ravel(m.coef_).tolist() if hasattr(m, "coef_") else []
print(json.dumps({"seconds": seconds, "coef": coef}))
